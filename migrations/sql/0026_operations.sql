-- What an operator asks a database that has grown slow; `sauda db report` shows the worst of each.

CREATE SCHEMA IF NOT EXISTS operations;

-- Only where pg_stat_statements is loaded there is something to see; elsewhere the view is empty, not broken.
CREATE OR REPLACE FUNCTION operations.statements() RETURNS TABLE (
    total_ms bigint, calls bigint, mean_ms numeric, max_ms numeric, rows bigint, blocks_read bigint, statement text
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    home name;
BEGIN
    SELECT nspname INTO home FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
    WHERE extname = 'pg_stat_statements';
    IF home IS NULL THEN RETURN; END IF;
    RETURN QUERY EXECUTE format($query$
        SELECT round(total_exec_time)::bigint, calls, round(mean_exec_time::numeric, 2),
               round(max_exec_time::numeric, 2), rows, shared_blks_read, regexp_replace(query, '\s+', ' ', 'g')
        FROM %I.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = current_database()
    $query$, home);
EXCEPTION WHEN object_not_in_prerequisite_state THEN
    RETURN;  -- created, and the library is not loaded
END $$;

CREATE OR REPLACE VIEW operations.slow_statements AS
SELECT total_ms, calls, mean_ms, max_ms, rows, blocks_read, statement FROM operations.statements()
ORDER BY total_ms DESC;

CREATE OR REPLACE VIEW operations.tables_read AS
SELECT schemaname AS schema, relname AS table_name, seq_scan AS whole_scans, seq_tup_read AS rows_of_whole_scans,
       idx_scan AS index_scans, pg_relation_size(relid) AS bytes
FROM pg_stat_user_tables WHERE schemaname IN ('app', 'dbos')
ORDER BY seq_tup_read DESC;

CREATE OR REPLACE VIEW operations.index_use AS
SELECT s.schemaname AS schema, s.relname AS table_name, s.indexrelname AS index_name, s.idx_scan AS scans,
       s.idx_tup_read AS rows_read, i.indisunique AS is_unique, pg_relation_size(s.indexrelid) AS bytes,
       pg_get_indexdef(s.indexrelid) AS definition
FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
WHERE s.schemaname IN ('app', 'dbos')
ORDER BY s.idx_scan, pg_relation_size(s.indexrelid) DESC;

-- An estimate from the statistics: how many pages the rows, or the keys of a B-tree, would need if they were packed
-- as the fill factor says. Tables and indexes that were never analysed are left out.
CREATE OR REPLACE VIEW operations.bloat AS
WITH widths AS (
    SELECT attribute.attrelid, attribute.attnum, (1 - stats.null_frac) * stats.avg_width AS width
    FROM pg_stats stats
    JOIN pg_class relation ON relation.relname = stats.tablename
    JOIN pg_namespace n ON n.oid = relation.relnamespace AND n.nspname = stats.schemaname
    JOIN pg_attribute attribute ON attribute.attrelid = relation.oid AND attribute.attname = stats.attname
    WHERE stats.schemaname IN ('app', 'dbos') AND NOT stats.inherited
), packed AS (
    -- 24 bytes before a row and 4 for its pointer, both rounded up to 8 with it; 24 bytes of a page are its head.
    SELECT 'table' AS kind, relation.oid, relation.reltuples, relation.relpages,
           28 + 8 * ceil(sum(widths.width) / 8) AS row_bytes,
           coalesce(CAST(substring(array_to_string(relation.reloptions, ',') FROM 'fillfactor=(\d+)') AS integer), 100)
               AS fill
    FROM pg_class relation JOIN widths ON widths.attrelid = relation.oid WHERE relation.relkind = 'r'
    GROUP BY relation.oid
    UNION ALL
    SELECT 'index', relation.oid, relation.reltuples, relation.relpages, 12 + 8 * ceil(sum(widths.width) / 8), 90
    FROM pg_class relation
    JOIN pg_am method ON method.oid = relation.relam AND method.amname = 'btree'
    JOIN pg_index index ON index.indexrelid = relation.oid
    CROSS JOIN LATERAL unnest(CAST(index.indkey AS int2[])) AS key (attnum)
    JOIN widths ON widths.attrelid = index.indrelid AND widths.attnum = key.attnum
    GROUP BY relation.oid
)
SELECT packed.kind, n.nspname AS schema, relation.relname AS name,
       packed.relpages * 8192::bigint AS bytes,
       greatest(0, packed.relpages - ceil(packed.reltuples * packed.row_bytes / (8168 * packed.fill / 100.0)))::bigint
           * 8192 AS wasted_bytes,
       stats.n_dead_tup AS dead_rows, stats.n_live_tup AS live_rows, stats.last_autovacuum
FROM packed JOIN pg_class relation USING (oid) JOIN pg_namespace n ON n.oid = relation.relnamespace
LEFT JOIN pg_stat_user_tables stats ON stats.relid = packed.oid
WHERE packed.reltuples > 0
ORDER BY 5 DESC;
