"""JSON Schemas (draft 2020-12) of what travels: one per event shape and one per HTTP command."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from services.contracts.catalogue import CATALOGUE, commands

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class WireJsonSchema(GenerateJsonSchema):
    """Pydantic's schema without the titles it makes up for fields ("Submittedat")."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by `<context>.<model>`. Events may have more fields than theirs; commands may not."""
    models: dict[str, type[BaseModel]] = {each.schema_name: each.model for each in CATALOGUE}
    return {name: _schema(name, model) for name, model in (models | commands()).items()}


def _schema(name: str, model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(mode="validation", schema_generator=WireJsonSchema)
    return {"$schema": DIALECT, "$id": f"urn:servicedesk:{name.replace('.', ':')}:v1"} | schema
