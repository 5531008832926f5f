"""The registry's settings: those of every service, nothing more."""

from pydantic_settings import SettingsConfigDict

from services.runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="forbid", frozen=True)

    port: int = 8084
