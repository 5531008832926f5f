"""The registry's settings: those of every service, and where intake is."""

from pydantic_settings import SettingsConfigDict

from services.runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="forbid", frozen=True)

    port: int = 8084
    intake_url: str = "http://127.0.0.1:8081"
    """Asked what is promised by a calendar before it is changed."""
