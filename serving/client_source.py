"""The generated part of `clients/python`, from the OpenAPI document: `make client`.

A method for each operation, a `TypedDict` for each shape. Generators of the trade write a class of some hundred
lines for each shape; what a client wants to know of a shape is its fields.
"""

from __future__ import annotations

import keyword
from pathlib import Path
from typing import Any

from serving.examples import JSON, operations
from serving.problems import IDEMPOTENCY_HEADER

TARGET = Path(__file__).parents[1] / "clients" / "python" / "src" / "sauda_client" / "operations.py"
HEAD = '''"""The operations of the API and their shapes. Made by `make client`; do not edit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, NotRequired, TypedDict

'''
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def source(document: dict[str, Any]) -> str:
    """The module for an OpenAPI document."""
    schemas = document["components"]["schemas"]
    shapes = [_shape(name, schema) for name, schema in sorted(schemas.items())]
    methods = [
        _method(method, path, operation)
        for method, path, operation in sorted(operations(document), key=lambda each: each[2]["operationId"])
    ]
    base = (
        'class Operations(ABC):\n    """One method for each operation of the API."""\n\n'
        "    @abstractmethod\n    def _send(self, method: str, path: str, **given: Any) -> Any: ...\n"
    )
    return HEAD + "\n".join(shapes) + "\n\n" + base + "\n" + "\n".join(methods)


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    for alternatives in ("anyOf", "oneOf"):
        if alternatives in schema:
            return " | ".join(dict.fromkeys(map(_type, schema[alternatives])))
    kind = schema.get("type")
    if kind == "array":
        return f"list[{_type(schema.get('items', {}))}]"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"dict[str, {_type(inner) if isinstance(inner, dict) else 'Any'}]"
    return _PLAIN.get(str(kind), "Any")


def _shape(name: str, schema: dict[str, Any]) -> str:
    if "properties" not in schema:
        return f"{name} = {_type(schema)}"
    required = set(schema.get("required", []))
    fields = {
        field: _type(inner) if field in required else f"NotRequired[{_type(inner)}]"
        for field, inner in schema["properties"].items()
    }
    # The form of a call takes names that no attribute could have.
    body = ", ".join(f"{field!r}: {kind!r}" for field, kind in fields.items())
    if any(keyword.iskeyword(field) or not field.isidentifier() for field in fields):
        return f"{name} = TypedDict({name!r}, {{{body}}})"
    lines = [f"    {field}: {kind}" for field, kind in fields.items()] or ["    pass"]
    return f"\nclass {name}(TypedDict):\n" + "\n".join(lines) + "\n"


def _method(method: str, path: str, operation: dict[str, Any]) -> str:
    parts, query, is_keyed = [], [], False
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parts.append(parameter["name"])
        elif parameter["in"] == "query":
            query.append(parameter)
        elif parameter["name"] == IDEMPOTENCY_HEADER:
            is_keyed = True
    given = ["self", *(f"{_name(part)}: str" for part in parts)]
    sent = [repr(method.upper()), repr(path)]
    if parts:
        sent.append(f"parts={{{', '.join(f'{part!r}: {_name(part)}' for part in parts)}}}")
    if "requestBody" in operation:
        kind = _type(operation["requestBody"]["content"][JSON]["schema"])
        given.append(
            f"body: {kind}" if operation["requestBody"].get("required") else f"body: {kind} | None = None"
        )
        sent.append("body=body")
    named = [_query_argument(each) for each in query]
    if query:
        pairs = ", ".join(f"{each['name']!r}: {_name(each['name'])}" for each in query)
        sent.append(f"query={{{pairs}}}")
    if is_keyed:
        named.append("idempotency_key: str | None = None")
        sent.append("key=idempotency_key, is_keyed=True")
    arguments = ", ".join([*given, *(["*", *named] if named else [])])
    answer = _answer(operation)
    words = operation.get("description", operation["operationId"]).strip().splitlines()[0].replace("\\", "")
    return (
        f"    def {_name(operation['operationId'])}({arguments}) -> {answer}:\n"
        f'        """{words}"""\n'
        f"        answer: {answer} = self._send({', '.join(sent)})\n"
        "        return answer\n"
    )


def _query_argument(parameter: dict[str, Any]) -> str:
    kind = _type(parameter["schema"])
    if parameter.get("required"):
        return f"{_name(parameter['name'])}: {kind}"
    optional = kind if kind.endswith("None") else f"{kind} | None"
    return f"{_name(parameter['name'])}: {optional} = None"


def _answer(operation: dict[str, Any]) -> str:
    good = [body for status, body in sorted(operation["responses"].items()) if status.startswith("2")]
    content = good[0].get("content", {})
    if not content:
        return "None"
    if set(content) == {JSON}:
        return _type(content[JSON]["schema"])
    return f"{_type(content[JSON]['schema'])} | bytes" if JSON in content else "bytes"


def _name(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) or name in ("self", "body") else name


if __name__ == "__main__":
    from serving.app import create_app

    TARGET.write_text(source(create_app().openapi()))
