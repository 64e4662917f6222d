"""Every setting of the product, read from the environment once (`HASHINSIGHT_*`)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

VERSION = "0.1.0"


class Settings(BaseSettings):
    """Typed settings; a name here is `HASHINSIGHT_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="HASHINSIGHT_", frozen=True)

    database_url: str | None = None
    redis_url: str | None = None
    data_dir: Path = Path.home() / ".hashinsight"
    host: str = "127.0.0.1"
    port: int = Field(default=8050, ge=1, le=65535)
    demo: bool = True
    demo_miners: int = Field(default=6000, ge=1, le=200_000)
    demo_seed: int = 21
    demo_speed_up: float = Field(default=10.0, gt=0, description="how much faster start ramps run in the demo")

    @property
    def root(self) -> Path:
        """The folder of the product's files."""
        return Path(__file__).parent

    secret_key: SecretStr | None = None
    log_level: str = "INFO"
    trusted_proxies: int = Field(
        default=0, ge=0, le=5, description="how many proxies of ours stand in front of the web server"
    )

    sweep_period_s: int = 60
    connect_timeout_s: float = 2.0
    read_timeout_s: float = 3.0
    miner_http_port: int = Field(default=80, ge=1, le=65535, description="where stock Antminers take their commands")
    sweep_concurrency: int = 1500
    stale_after_s: int = 150
    offline_after_s: int = 300
    lost_after_s: int = 86_400

    market_url: str | None = Field(
        default=None, description="where all market sources lie, each beneath its name: the demo's simulated ones"
    )
    market_bases: dict[str, str] = Field(
        default={}, description="addresses of market sources that are not their own, by name, as a JSON object"
    )

    keep_raw_days: int = 7
    keep_5m_days: int = 14
    keep_1h_days: int = 400
    keep_1d_days: int = 3650


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Give the one settings object of this process."""
    return Settings()
