"""The team's machines in EC2, by their names in the pages, and the times of what happens to them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kb.sandbox.team.planted import ESTATE_SECRET
from kb.sandbox.team.words import JST

REPLICA_LOST, TERMINATED = 24.2, 22.4
"""Days after the first Monday when the replica of Redis was cut off, and when a stopped instance was terminated."""


@dataclass(frozen=True, slots=True)
class EstateTime:
    """When the listings are printed (`at`), in the four weeks that began at `start`."""

    start: datetime
    at: datetime

    @property
    def days(self) -> float:
        """Days since the four weeks began."""
        return (self.at - self.start).total_seconds() / 86_400

    def before(self, days: float, hour: int = 10) -> datetime:
        """Return an hour of the day `days` before the four weeks, as every listing tells it."""
        day = self.start.astimezone(JST) - timedelta(days=days)
        return day.replace(hour=hour, minute=0, second=0, microsecond=0)

    def seconds_since(self, moment: datetime) -> int:
        """Return how long ago a moment is when the listings are printed."""
        return max(0, int((self.at - moment).total_seconds()))


def format_utc(moment: datetime) -> str:
    """Return a time as aws and the hosts script print it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class EstateMachine:
    """An instance: `days` is how long before the four weeks it was launched, `stopped_days` when it was stopped."""

    name: str
    ip: str
    type: str
    days: int
    tags: tuple[tuple[str, str], ...] = ()
    stopped_days: int = 0
    cores: int = 2

    @property
    def id(self) -> str:
        return instance_id(self.name)

    @property
    def is_stopped(self) -> bool:
        return self.stopped_days > 0


def instance_id(name: str) -> str:
    """Return the id of the instance of a name, the same in every demo."""
    return "i-0" + hashlib.blake2b(name.encode(), digest_size=8).hexdigest()


def _prd(name: str, ip: str, kind: str, days: int, cores: int = 2, **tags: str) -> EstateMachine:
    return EstateMachine(name, ip, kind, days, (("Env", "prd"), *sorted(tags.items())), cores=cores)


MACHINES = (
    *(
        _prd(f"adsv-prd-web-0{n}", f"10.20.64.{10 + n}", "c5.xlarge", 690, 4, app="delivery", deploy="prd")
        for n in (1, 2, 3, 4)
    ),
    *(
        _prd(f"adsv-prd-web-0{n}", f"10.20.64.{10 + n}", "c5.xlarge", 610, 4, app="delivery", deploy="prd-old")
        for n in (5, 6)
    ),
    *(_prd(f"adsv-prd-trk-0{n}", f"10.20.65.{10 + n}", "c5.large", 80, app="tracker") for n in (1, 2, 3)),
    _prd("adsv-prd-adm-01", "10.20.66.21", "t3.large", 700, app="admin"),
    _prd("adsv-prd-adm-02", "10.20.66.22", "t3.large", 295),  # without the tag: nothing is deployed to it
    _prd("adsv-prd-rep-01", "10.20.66.31", "t3.large", 640, app="report"),
    _prd("adsv-prd-redis-01", "10.20.67.11", "r5.large", 520),
    _prd("adsv-prd-redis-02", "10.20.67.12", "r5.large", 70),
    EstateMachine("batch-01", "10.20.68.11", "m5.xlarge", 1300, (("Env", "prd"),), cores=4),
    EstateMachine("batch-02", "10.20.68.12", "m5.xlarge", 560, (("CreatedBy", "kurokawa"),), cores=4),
    EstateMachine("mon-01", "10.20.69.11", "t3.medium", 1200, (("Env", "prd"),)),
    EstateMachine("adsv-relay", "10.20.66.12", "t3.micro", 1020),
    EstateMachine("adsv-prd-web-99", "10.20.64.199", "m3.medium", 1800),
    EstateMachine("report-ftp-old", "10.20.66.99", "t2.small", 1400, (("ftp_password", ESTATE_SECRET),)),
    EstateMachine("adsv-ci-agent-2", "10.20.70.22", "t3.large", 82, (("Env", "ci"),)),
    EstateMachine("", "10.20.70.201", "t2.micro", 1100),
    EstateMachine("tmp-miura-migrate", "10.20.70.51", "m5.large", 640, (("CreatedBy", "miura"),), 236),
    EstateMachine("adsv-stg-web-09", "10.20.70.52", "c5.large", 830, (("Env", "stg"),), 236),
    EstateMachine("kurokawa-test2", "10.20.70.53", "t3.medium", 900, (("app", "test-kurokawa"),), 236),
)


def list_machines(time: EstateTime) -> tuple[EstateMachine, ...]:
    """Return the machines that EC2 lists at a time."""
    gone = {"tmp-miura-migrate"} if time.days >= TERMINATED else set()
    return tuple(each for each in MACHINES if each.name not in gone)


def find_machine(name: str) -> EstateMachine:
    """Return a machine by its name."""
    return next(each for each in MACHINES if each.name == name)
