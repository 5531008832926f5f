"""A published template never changes: a message under way keeps the words it was made with (domain 8)."""

import hashlib
import json
from dataclasses import asdict

from services.notify.domain.catalogue import TEMPLATES
from services.notify.domain.templates import Template

PUBLISHED = {
    ("registered", 1): "98773c49568008ffe3b399de5cd4263885ab5fb12694b14f94cdb9249f545c99",
    ("redirected", 1): "729650b363133cf493ba9b6f2fb0627ad8d0403e52469efe5be271dc4486567a",
    ("redirect-lapsed", 1): "ef7586b8a5278f99a5d8eb57bf198d5fe45c75d187a1d5a6d4ed3301e46c18fb",
    ("delay-apology", 1): "716cbec47c5029e517cbc8c9bb27039f6ec9dc9593244eaf2946144c4c9f1796",
    ("result-granted", 1): "2e50f01428dc1e570734c50c91bdda8d5c8543044d5fc536e54b8aaf43bb28a1",
    ("result-collect", 1): "457f597f94e2238ca4085368026816f578f54351959b3395e440912c30544683",
    ("result-refused", 1): "742ad7f62873b7a891d5b3e7a93d925e2268fdbf8319d52e23ad6f3b3c96ba32",
    ("result-partial", 1): "d18ee24ab633299ab9dd5bac0ae27eb7eed839631214ee9c6cb9fa02008e78c2",
    ("done-on-spot", 1): "514736bff9c153078a447a2b0ce0926ba5982af158d0ee1d8e3f8c88cbefb573",
    ("refused-on-spot", 1): "32461bfc0ee445fd91d92e70d5594f6c2765c400e135aaed8cd04c9b2825b114",
    ("partial-on-spot", 1): "926ea1ddc5ecf18017285239c233702f75a62e2860e413c1307dbd137270517c",
    ("collection-reminder", 1): "5eaab5f2597dab40e05d29ee4c7b7757d304884eeedada8539dcdd7fde109b01",
    ("objected", 1): "f8a8e6ffb204e16be8abbbd26b5173c522a6ecd62814675b70d9d1fe490283d5",
    ("reopened", 1): "1b12e9edaa1b09181254cea6a464333d305a1f42264863634a9535bff4957d8f",
    ("duplicate", 1): "3da0c4de734ba14dacb8681ef5ba6f66f8f74c7adf538556ce78fb0de517ec4e",
    ("withdrawn", 1): "5d18f4daf920f509b2e16e946d2ec741d15c579dae9008172c1f8d945c14cc2e",
}
"""(id, version) -> digest of all fields. A new version is a new line; the test that fails tells its digest."""


def digest(template: Template) -> str:
    return hashlib.sha256(json.dumps(asdict(template), sort_keys=True).encode()).hexdigest()


def test_a_published_template_stays_as_it_is() -> None:
    now = {(template.id, template.version): digest(template) for template in TEMPLATES}
    changed = {place for place, pinned in PUBLISHED.items() if now.get(place) != pinned}
    assert changed == set(), "a published template is not changed: give it a new version"


def test_every_template_is_listed_as_published() -> None:
    new = {(template.id, template.version): digest(template) for template in TEMPLATES}
    assert {place: pin for place, pin in new.items() if place not in PUBLISHED} == {}, "add it to PUBLISHED"
