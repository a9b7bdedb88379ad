"""An example for every body of the OpenAPI document, put together from the examples of its fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

JSON = "application/json"
METHODS = ("get", "post", "put", "patch", "delete")
BY_FORMAT = {
    "uuid": "01a1fa6f-115e-716d-ae0c-8e7fc6490264",
    "date": "2026-11-20",
    "date-time": "2026-11-20T10:15:00Z",
}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation of an OpenAPI document."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield method, path, methods[method]


def add_examples(document: dict[str, Any]) -> None:
    """Give every JSON body and every path parameter an example where it has none."""
    schemas = document["components"]["schemas"]
    for _, _, operation in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        for body in [*bodies, *operation["responses"].values()]:
            content = body.get("content", {}).get(JSON)
            if content is not None and not {"example", "examples"} & content.keys():
                content["example"] = example_of(content["schema"], schemas)
        for parameter in operation.get("parameters", []):
            if parameter["required"] and "example" not in parameter:
                parameter["example"] = example_of(parameter["schema"], schemas)


def example_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A value of the schema: its own example, or one made of its parts."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    own = [
        *schema.get("examples", []),
        *(schema[key] for key in ("example", "const", "default") if key in schema),
    ]
    choices = [*own, *schema.get("enum", [])]
    if choices:
        return choices[0]
    for alternatives in (schema.get("anyOf"), schema.get("oneOf"), schema.get("allOf")):
        if alternatives:
            return example_of(alternatives[0], schemas)
    return _made(schema, schemas)


def _made(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            return {name: example_of(inner, schemas) for name, inner in schema.get("properties", {}).items()}
        case "array":
            return [example_of(schema["items"], schemas)]
        case "integer":
            return int(schema.get("minimum", 1))
        case "number":
            return schema.get("minimum", 1.5)
        case "boolean":
            return True
        case "null":
            return None
    return BY_FORMAT.get(schema.get("format", ""), "text")
