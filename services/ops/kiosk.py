"""`./mizban kiosk`: partners are onboarded, renewed and suspended, their offices' keys registered, lost keys revoked.

The sandbox office tries the whole way.
"""

import secrets
import time
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any

import httpx
import typer

from services.ops import clock, servers, service_processes
from services.ops.credentials import Credentials
from services.ops.errors import NotUp, StackError
from services.ops.home import Home, Port
from services.ops.kiosk_keys import SANDBOX, office_key
from services.ops.progress import Steps, console
from services.ops.registry_http import problem
from services.ops.sandbox_office import Account, a_body, office
from services.ops.words import counted

SANDBOX_KIOSK = "sandbox-001"
BY_SANDBOX = "wa-governorate-desk-01"
"""Who onboards the sandbox partner in the sample province."""
AGREES_WITHIN = 60.0
DECIDED_WITHIN = 5.0
"""Seconds until what was decided of a partner has reached its access."""
HEARD_WITHIN = 20.0
"""Seconds until intake goes by it."""

Partner = Annotated[str, typer.Argument(help="The partner's id in the registry.")]
Officer = Annotated[str, typer.Option("--officer", help="The id of the officer who decides it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with the entry.")]
Url = Annotated[str | None, typer.Option("--registry-url", help="The registry; by default that of the local stack.")]

kiosk = typer.Typer(help="Partners and their kiosk offices.", no_args_is_help=True, add_completion=False)


class Registry:
    """The registry's calls about partners. Raises StackError with the registry's own words."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, json=body, headers={"Idempotency-Key": f"kiosk-{secrets.token_hex(8)}"})

    def get(self, path: str) -> dict[str, Any]:
        return self._call("GET", path)

    def wait_until(self, partner: str, state: str) -> None:
        """Until the broker agrees with what was decided."""
        began, seen = time.monotonic(), dict[str, Any]()
        while time.monotonic() < began + AGREES_WITHIN:
            answer = self._http.get(f"/v1/partners/{partner}/access")
            seen = answer.json() if answer.is_success else {}
            if seen.get("state") == state:
                return
            if seen and seen["wanted"] != state and time.monotonic() > began + DECIDED_WITHIN:
                raise StackError(f"{partner} is not in force: its access is {seen['wanted']}")
            time.sleep(0.2)
        raise StackError(f"Kafka does not agree yet ({seen.get('problem')}); the registry goes on trying")

    def wait_for_intake(self, of: str, *, done: str, taken: str) -> None:
        """Until intake goes by what was decided of a partner or an office: what comes later is judged by it.

        `done` and what is still `taken` are told where it does not.
        """
        began, knows = time.monotonic(), None
        while time.monotonic() < began + HEARD_WITHIN:
            knows = self.get(f"/v1/{of}/access")["intakeKnows"]
            if knows:
                return
            time.sleep(0.1)
        why = "does not answer" if knows is None else "does not know yet"
        raise StackError(
            f"{done}, but intake {why}: until it does, it takes {taken}. It hears by itself; GET /v1/{of}/access at "
            "the registry tells (intakeKnows)"
        )

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            told = f"the registry at {self._http.base_url} does not answer ({type(error).__name__})"
            raise StackError(told) from None
        if not answer.is_success:
            raise StackError(f"the registry: {problem(answer)}")
        found: dict[str, Any] = answer.json()
        return found


@kiosk.command()
def onboard(partner: Partner, officer: Officer, registry_url: Url = None) -> None:
    """Issue a partner's Kafka password and API key, shown once; its topic, rights and quota follow."""
    _issue(_registry(registry_url), partner, "onboard", {"officerId": officer})


@kiosk.command()
def rotate(partner: Partner, officer: Officer, reason: Reason, registry_url: Url = None) -> None:
    """Issue new ones. The former password ends at once, the former API key after a day."""
    _issue(_registry(registry_url), partner, "rotate", {"officerId": officer, "reason": reason})


@kiosk.command()
def suspend(partner: Partner, officer: Officer, reason: Reason, registry_url: Url = None) -> None:
    """Take a partner's access: at the broker, over HTTP, and at the counter of every kiosk of its own."""
    registry = _registry(registry_url)
    with Steps() as steps:
        with steps.step(f"{partner}: suspended in the registry"):
            registry.post(f"/v1/partners/{partner}/suspend", {"officerId": officer, "reason": reason})
        with steps.step("Kafka: account and rights taken"):
            registry.wait_until(partner, "WITHDRAWN")
        with steps.step("intake knows: nothing more is taken"):
            registry.wait_for_intake(
                f"partners/{partner}",
                done=f"{partner} is suspended and has no way into Kafka",
                taken="what the partner sends over HTTP or has sent",
            )


@kiosk.command(context_settings={"ignore_unknown_options": True})  # a key may begin with a hyphen
def key(
    office: Annotated[str, typer.Argument(metavar="KIOSK", help="The kiosk office's id in the registry.")],
    kid: Annotated[
        str, typer.Argument(help="The name of the key, which its signatures bear. It has one key, for ever.")
    ],
    public_key: Annotated[
        str, typer.Argument(help="The public half that the office has made: 43 letters of base64url.")
    ],
    officer: Officer,
    since: Annotated[str | None, typer.Option("--from", help="The day from which it signs; by default today.")] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="The last day, such as 2027-03-20; by default none.")
    ] = None,
    registry_url: Url = None,
) -> None:
    """Register the key with which a kiosk office signs what it submits."""
    body = {"kid": kid, "publicKey": public_key, "validFrom": since, "validTo": until, "officerId": officer}
    _registry(registry_url).post(f"/v1/kiosks/{office}/keys", body)
    console.print(f"{office} signs with {kid} {f'from {since} on' if since else 'from today on'}.", highlight=False)


class ApiKeys(StrEnum):
    ALL = "all"
    FORMER = "former"


@kiosk.command()
def revoke(
    whose: Annotated[
        str, typer.Argument(metavar="KIOSK", help="The kiosk office's id; with --api-key its partner's instead.")
    ],
    officer: Officer,
    reason: Reason,
    kid: Annotated[str | None, typer.Argument(help="The name of the signing key that is lost.")] = None,
    api_key: Annotated[
        ApiKeys | None,
        typer.Option(help="The partner's API keys: all that are still taken, or those before the one in use."),
    ] = None,
    registry_url: Url = None,
) -> None:
    """End one signing key of a kiosk office, or a partner's API keys, at once. Everything else goes on.

    It ends when intake knows.
    """
    if (kid is None) == (api_key is None):
        raise typer.BadParameter("name the office's key (KID), or say which API keys of a partner (--api-key)")
    registry, body = _registry(registry_url), {"officerId": officer, "reason": reason}
    if api_key is None:
        registry.post(f"/v1/kiosks/{whose}/keys/{kid}/revoke", body)
        registry.wait_for_intake(f"kiosks/{whose}", done=f"{kid} is revoked", taken="what it signs")
        console.print(f"{whose}: nothing that {kid} signs is taken any more.", highlight=False)
        return
    told = registry.post(f"/v1/partners/{whose}/api-keys/revoke", body | {"which": api_key.name})
    registry.wait_for_intake(f"partners/{whose}", done="they are revoked", taken="what comes with them")
    ended = f"{counted(told['revoked'], 'API key')} {'is' if told['revoked'] == 1 else 'are'} not taken any more"
    another = "; ./mizban kiosk rotate issues another" if api_key is ApiKeys.ALL else ""
    console.print(f"{whose}: {ended}{another}.", highlight=False)


@kiosk.command("test")
def whole_way(
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Issue the sandbox partner other credentials; those in use end.")
    ] = False,
) -> None:
    """Try the whole way on the local stack: the sandbox office signs, submits and hears. No case comes of it."""
    home = Home.of()
    running = servers.known(home)
    if running is None:
        raise NotUp
    credentials = Credentials(home)
    registry, signing = _registry(None), office_key(credentials, SANDBOX_KIOSK)
    with Steps() as steps:
        with steps.step("the sandbox partner has credentials"):
            api_key = _sandbox_credentials(registry, credentials, rotate=rotate)
        with steps.step("Kafka knows its account, rights and quota"):
            registry.wait_until(SANDBOX, "GRANTED")
        account = Account(running.kafka_partners, SANDBOX, credentials.password(f"issued.{SANDBOX}"))
        with office(account, signing) as desk:
            body = a_body(SANDBOX_KIOSK, clock.now(home))
            with steps.step(f"{body['externalRef']} is signed by {signing.kid} and taken by Kafka"):
                event_id = desk.submit(body)
            with steps.step("its outcome on the partner's own topic: ACCEPTED, SANDBOX"):
                _expect(desk.answer_to(event_id), "ACCEPTED", "SANDBOX", None)
            with steps.step("the same with the signature of something else: BAD_SIGNATURE"):
                forged = desk.submit(a_body(SANDBOX_KIOSK, clock.now(home)), signed_for=b"something else")
                _expect(desk.answer_to(forged), "REJECTED", None, "BAD_SIGNATURE")
        with steps.step("the same outcome over HTTP, by the API key"):
            _ask_over_http(home, api_key, body["externalRef"])
    console.print("The whole way works. It opened no case and told no citizen.")


def _issue(registry: Registry, partner: str, verb: str, body: dict[str, Any]) -> None:
    issued = registry.post(f"/v1/partners/{partner}/{verb}", body)
    with Steps() as steps, steps.step("Kafka: account, rights, quota and topic"):
        registry.wait_until(partner, "GRANTED")
    for name in ("username", "password", "apiKey", "outcomeTopic"):
        print(f"{name:<13} {issued[name]}")
    console.print("Hand them over by a safe way: nothing here keeps them, and they are not shown again.")


def _sandbox_credentials(registry: Registry, credentials: Credentials, *, rotate: bool) -> str:
    """The API key; the password is kept beside it in the home's credentials. What others were given stays in force.

    Raises StackError where it was given to others, or was revoked: only `rotate` ends that.
    """
    known = credentials.issued(SANDBOX)
    partner = registry.get(f"/v1/partners/{SANDBOX}")
    in_use = [key["sha256"] for key in partner["apiKeys"] if key["validTo"] is None]
    if not rotate and known and sha256(known[1].encode()).hexdigest() in in_use:
        return known[1]
    body = {"officerId": BY_SANDBOX}
    if partner["apiKeys"]:
        if not rotate:
            raise StackError(
                "the sandbox partner's credentials were issued to somebody else, or revoked: to end that and to issue "
                "others, ./mizban kiosk test --rotate"
            )
        issued = registry.post(f"/v1/partners/{SANDBOX}/rotate", body | {"reason": "آزمایش راه با رمز تازه"})
    else:
        issued = registry.post(f"/v1/partners/{SANDBOX}/onboard", body)
    credentials.remember(f"issued.{SANDBOX}", issued["password"])
    credentials.remember(f"issued-api-key.{SANDBOX}", issued["apiKey"])
    api_key: str = issued["apiKey"]
    return api_key


def _ask_over_http(home: Home, api_key: str, external_ref: str) -> None:
    intake = next(program.url(home) for program in service_processes.SERVICES if program.name == "intake")
    answer = httpx.get(
        f"{intake}/v1/kiosk/outcomes",
        params={"kioskId": SANDBOX_KIOSK, "externalRef": external_ref},
        headers={"Authorization": f"Bearer {api_key}"},
        timeout=10,
    )
    if not answer.is_success:
        raise StackError(f"the HTTP gateway refuses with {answer.json()['code']}")
    told = [(item["status"], item["state"]) for item in answer.json()["items"]]
    if told != [("ACCEPTED", "SANDBOX")]:
        raise StackError(f"the HTTP gateway tells {told}")


def _expect(outcome: dict[str, Any], status: str, state: str | None, code: str | None) -> None:
    if (outcome["status"], outcome["state"], outcome["code"]) != (status, state, code):
        what = outcome["code"] or outcome["state"]
        raise StackError(f"the outcome is {outcome['status']} {what}: {outcome['message']}")


def _registry(url: str | None) -> Registry:
    return Registry(url or f"http://{Home.of().address(Port.REGISTRY)}")
