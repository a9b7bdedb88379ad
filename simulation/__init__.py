"""A market that behaves: a made-up wholesale trade around Surkhet, played through commerce's own verbs."""
