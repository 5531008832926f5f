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
    ("result-partial-collect", 1): "8f2a73895ca06a5996cd0b823c19ec7c8022240cca7f13d1690695f10107ed7d",
    ("done-on-spot", 1): "514736bff9c153078a447a2b0ce0926ba5982af158d0ee1d8e3f8c88cbefb573",
    ("refused-on-spot", 1): "32461bfc0ee445fd91d92e70d5594f6c2765c400e135aaed8cd04c9b2825b114",
    ("partial-on-spot", 1): "926ea1ddc5ecf18017285239c233702f75a62e2860e413c1307dbd137270517c",
    ("collection-reminder", 1): "5eaab5f2597dab40e05d29ee4c7b7757d304884eeedada8539dcdd7fde109b01",
    ("objected", 1): "f8a8e6ffb204e16be8abbbd26b5173c522a6ecd62814675b70d9d1fe490283d5",
    ("reopened", 1): "1b12e9edaa1b09181254cea6a464333d305a1f42264863634a9535bff4957d8f",
    ("duplicate", 1): "3da0c4de734ba14dacb8681ef5ba6f66f8f74c7adf538556ce78fb0de517ec4e",
    ("withdrawn", 1): "5d18f4daf920f509b2e16e946d2ec741d15c579dae9008172c1f8d945c14cc2e",
    ("extended", 1): "dd53a735a7740aeaeb061c08242a10fca30ec44ac759645e40d47b5515cac902",
    ("re-dated", 1): "a2b07f775bba7fe8ab9d2ed1d5f70a21585c818240e894a6198f1c866bf26327",
    ("next-visit", 1): "e848ee7079b485ecd115bb687c567c979ecf106c7cdc78c64f766a7a8f1f59df",
    ("appointment", 1): "8d6aaa4190f33a943df12e3db3862ddb66ce7fdcf004e460bef96a642929cb29",
    ("visit-moved", 1): "ed81f38d7844e525e26cfc89a2f0d2b5d5b5bd0a4954842b728ca46c2c6c5675",
    ("visit-off", 1): "2d37fb3a271b1ef877eea97818fc9786aa1ddd25623debe51af11ff4d441dbbe",
    ("visit-apology", 1): "32363fff51e80a4290f7071e2c6e948752c45809c2253bc55b3fc1dbdadb3f75",
    ("goes-on", 1): "f776eb9c9e49e5ab8b5d4bfbde9a2ea870939848dccabaa043902ea0a2b27687",
    ("documents-missing", 1): "735aeef07ef20bba8663b3c07ed7a4c282e50b84a58f2b51f6fbee1f59df993d",
    ("documents-reminder", 1): "c8ca59851be6900a088e7d84e09204f4ade1db687c45111b9ae057539c72993e",
    ("suspended-for-documents", 1): "23b05fdd328952fe85a8791373dd22839877f351cb1cebbd2ba8248b29940b2f",
    ("resumed", 1): "9d32f0878ca6543a61649f2775b4069e8338efb6ec67d9650408f2fc92744bbe",
    ("suspended", 1): "4ba96dfa747b6ebf1371a21fbfed6fe59a2fb12ea2fbb694d9b514e1f06ff579",
    ("re-dated", 2): "cae005b1bbca66a1b41a9798351bdff195ab17d10be955ff19bc689ea3af0e95",
    ("visit-moved-by-closure", 1): "0b0f955f113c5ac5852cee7f726373eba3ffc7f7cc95258e0803788ff63990d4",
    ("visit-off-by-closure", 1): "383647e361579e6d800fe9d5547e0a783dd125560b174e15344071204eb44c05",
    ("visit-reinstated", 1): "54cd0f8aefefdb15a7da70845ff408819c98ea184b7c0a601955dabcc75a30aa",
    ("visit-off-by-closure", 2): "ef00c9010f12f102f3c59743c53047ce84f4b0871a93c7aef7a3d580ea14a21a",
    ("visit-shortened", 1): "22265961ffaa3bb305fe3c88b5863ad05d08590dfcccbc9ecaa513b878063597",
    ("documents-postponed", 1): "e3c8261017ee4a26409dc8438936d3dbd2411846a8a19b5767f05f0489ba5634",
    ("delay-apology", 2): "32bc9dd6dfb85544a7c8e19fe5b34f5a31d0f5ef000a9cc75c33b87bdd3ebb67",
    ("result-collect", 2): "61b551a4c6b6165885b4c30b507ec676ef5b8eb973a41cca4b52693d5d3d89ba",
    ("resumed-late", 1): "e017bc799ed7f90bf555b1ae85fb128204d2836dc5cb036068684c0d7cb5b6f6",
    ("withdrawn", 2): "c7ad11c5c60f5ddc40a4feb3a75538d0e6c47366c5672ebe61aa1cd716aa7b4a",
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
