"""Cases of several units are worked on in any order, and what is said of them comes late, twice or in another order.

Domain 3, 6, 7; I6, I7, I8, I11. What must hold is told by `expected_work`, which knows nothing of the rules. Officers
come and go, days are closed, units too. What one of them does stands in `officers_at_work` and `time_and_people`; here
is what usually follows what, so that some cases get far.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.support.any_order import FULL, WALKED
from tests.unit.routing.agencies_at_work import AGENTS, LEADERS, PAPERS, PERMIT, PERSONS, REVENUE, ROADS_UNIT, UNITS
from tests.unit.routing.behind_the_desk import anybody, nth, which
from tests.unit.routing.expected_work import MINUTE, NOBODYS, Piece
from tests.unit.routing.office import RULES
from tests.unit.routing.time_and_people import TimeAndPeople

pytestmark = pytest.mark.timeout(1_800 if FULL else 300)


class InAnyOrder(TimeAndPeople):
    @rule(id=which, steps=st.integers(1, 8), kind=st.sampled_from(["GRANTED", "GRANTED", "GRANTED", "REFUSED"]))
    def the_matter_goes_on(self, id: str, steps: int, kind: str) -> None:
        """What usually comes next, so that some cases get far."""
        for _ in range(steps):
            self.all_words_arrive()
            expected = self.expected.get(id)
            if expected is None or expected.over:
                return
            work = [piece for piece in expected.pieces if piece.state in ("ASSIGNED", "STARTED")]
            if not work:
                self._the_office_opens()
                work = [piece for piece in expected.pieces if piece.state == "ASSIGNED"]
            if not work:
                return
            piece = work[steps % len(work)]
            second = next(
                (
                    each.id
                    for each in self.people.values()
                    if each.org == UNITS[piece.unit] and each.id != piece.officer and self._may(each.id, expected)
                    if not each.left and not expected.people & each.declared
                    if each.id not in expected.barred | expected.withdrew
                ),
                None,
            )
            if piece.state == "ASSIGNED":
                self._start(expected, piece, str(piece.officer), "MISSING_DOCUMENT", second)
            else:
                self._answer(expected, piece, str(piece.officer), kind, f"بند ۳، {piece.step.id}", second)

    def _the_office_opens(self) -> None:
        """And whoever is asked again in the morning, or some minutes later, is."""
        self.now = self.hours.opens(self.now + RULES.ask_again)
        for id in self.cases:
            self.timers_fire(id)
        self.all_words_arrive()

    @rule(
        id=which,
        kind=st.sampled_from(["GRANTED", "REFUSED", "PARTIAL", "PARTIAL"]),
        reopened=st.sampled_from([False, False, True]),
        minutes=st.integers(0, 30),
    )
    def it_is_decided_and_begins_anew(self, id: str, kind: str, reopened: bool, minutes: int) -> None:
        self.the_matter_goes_on(id, 12, kind)
        self.now += minutes * MINUTE
        self.it_is_objected_to_or_reopened(id, reopened)

    @rule(
        id=which,
        cause=st.sampled_from(["APPLICANT", "LEGAL", "CLOSURE"]),
        paper=st.sampled_from(PAPERS),
        minutes=st.sampled_from([15, 90, 1440, 4320]),
        ends=st.sampled_from(["officer", "documents", "time", "somebody else"]),
    )
    def it_stands_still_for_a_while(self, id: str, cause: str, paper: str, minutes: int, ends: str) -> None:
        self.the_work_stands_still(id, 0, by="ada", right=True, cause=cause, paper=paper)
        self.now += minutes * MINUTE
        match ends:
            case "officer":
                self.the_work_goes_on(id, 0, by="ada", right=True)
            case "documents":
                self.documents_come(id, 0, missing=False)
            case "somebody else":
                self.a_task_is_given_back(id, 0, by="ada", right=True)
                self.the_work_goes_on(id, 1, by="ada", right=True)
            case _:
                self.now += timedelta(days=20)
                self.timers_fire(id)

    @rule(id=which, closed=st.booleans())
    def the_law_leaves_no_more(self, id: str, closed: bool) -> None:
        """A pause puts its promise at the limit; `closed`: the desk is shut then, and another makes it no earlier."""
        self.a_request_is_registered(id, PERMIT.service, 999, None)
        self._the_office_opens()
        expected = self.expected[id]
        self.the_work_stands_still(id, 0, by="ada", right=True, cause="LEGAL", paper=PAPERS[0])
        self.now = max(self.now, expected.latest - timedelta(hours=30))
        self.the_work_goes_on(id, 0, by="ada", right=True)
        if closed:
            self.the_day_is_closed_on_which_it_is_due(id, heard=False)
        for cause in ("CLOSURE", "OTHER_AGENCY"):
            self.it_stands_still_for_a_while(id, cause, PAPERS[0], 15, "officer")

    @rule(id=which, hours=st.sampled_from([1, 5, 30]))
    def it_is_heard_late_that_a_day_is_open_after_all(self, id: str, hours: int) -> None:
        """What was won by then makes no promise late."""
        self.a_request_is_registered(id, PERMIT.service, 999, None)
        self.a_day_is_closed(1, heard=True)
        self.a_closure_is_taken_back(heard=False)
        self.now = max(self.now, self.expected[id].due - timedelta(hours=hours))
        self.a_case_hears_of_the_days(id)

    @rule(
        reason=st.sampled_from([None, "OTHER_AGENCY", "LEGAL_PRIORITY"]),
        second=st.one_of(st.none(), anybody),
        colleague=st.booleans(),
    )
    def a_task_is_started_before_its_turn(self, reason: str | None, second: str | None, colleague: bool) -> None:
        """The first that somebody could start where an older one waits (I7). `colleague`: one of the unit agrees, who
        has nothing to do with the person any more.
        """
        for expected in self.expected.values():
            for piece in expected.pieces:
                if piece.state == "ASSIGNED" and self._oldest_before(expected, piece):
                    agrees = self._colleague(piece)
                    self._nobody_else_may(expected, piece)
                    if agrees:
                        self._changes(agrees, "declared", PERSONS[expected.id])
                        self._start(expected, piece, str(piece.officer), "OTHER_AGENCY", agrees)
                        self._is_back(agrees)
                    second = agrees if colleague else second
                    self._start(expected, piece, str(piece.officer), reason, second)
                    return

    @rule(id=which, number=nth, second=anybody, author=st.booleans(), kind=st.sampled_from(["GRANTED", "REFUSED"]))
    def somebody_agrees(self, id: str, number: int, second: str, author: bool, kind: str) -> None:
        """To what has begun, where the rule wants two; or they may not: `author` of what is objected to (I8)."""
        expected = self.expected.get(id)
        begun = [piece for piece in expected.pieces if piece.state == "STARTED"] if expected else []
        if expected and begun:
            piece = begun[number % len(begun)]
            authors = [by for by in sorted(expected.barred) if self._org(by) == UNITS[piece.unit]]
            second = authors[-1] if author and authors else second
            self._answer(expected, piece, str(piece.officer), kind, "بند ۳", second)

    @rule(
        id=which,
        steps=st.integers(0, 3),
        role=st.sampled_from(["holder", "colleague", "colleague", "leader"]),
        last=st.sampled_from(["declared", "declared", "declared", "away", "less"]),
        agent=st.booleans(),
        stays=st.sampled_from([True, False, False]),
    )
    def an_officer_is_out_of_it_meanwhile(
        self, id: str, steps: int, role: str, last: str, agent: bool, stays: bool
    ) -> None:
        """Who has declared a person, is away, has left or may do less has no hand in it, whatever they had (I8).

        Nor do they get what a colleague gives back.
        """
        self.a_request_is_registered(id, PERMIT.service, 999, None)
        self._the_office_opens()
        self.the_matter_goes_on(id, steps, "GRANTED")
        expected = self.expected[id]
        begun = [piece for piece in expected.pieces if piece.state in ("ASSIGNED", "STARTED")]
        if not begun:
            return
        piece = begun[steps % len(begun)]
        roles = {"holder": piece.officer, "colleague": self._colleague(piece), "leader": LEADERS[piece.unit]}
        who = str(roles[role])
        if agent:
            self.somebody_comes_to_speak_for_them(id)
        for what in ("declared", "left", "less", "away", last):
            self._is_back(who)
            self._changes(who, what, AGENTS[id] if agent else PERSONS[id])
            self._nobody_else_may(expected, piece)
        if role == "colleague":
            number = len(expected.pieces) - 1 - expected.pieces.index(piece)
            self.a_task_is_given_back(id, number, by=str(piece.officer), right=True)
            self.all_words_arrive()
        if not stays:
            self._is_back(who)

    def _colleague(self, piece: Piece) -> str | None:
        return next(
            (one.id for one in self.people.values() if one.unit == piece.unit and one.id != piece.officer), None
        )

    @rule(id=which, amount=st.sampled_from([1000, 5000]))
    def what_takes_two_is_refused_and_objected_to(self, id: str, amount: int) -> None:
        self.a_request_is_registered(id, PERMIT.service, amount, None)
        self.it_is_decided_and_begins_anew(id, "REFUSED", reopened=False, minutes=10)
        self.the_matter_goes_on(id, 1, "GRANTED")
        self.nobody_else_may(id)
        self.somebody_agrees(id, 0, second="ada", author=True, kind="GRANTED")

    @rule(id=which, steps=st.integers(0, 4))
    def a_unit_is_not_competent(self, id: str, steps: int) -> None:
        """Whoever has begun says so, and the other steps go on."""
        self.the_matter_goes_on(id, 1, "GRANTED")
        expected = self.expected.get(id)
        begun = [piece for piece in expected.pieces if piece.state == "STARTED"] if expected else []
        if expected and begun:
            self._answer(expected, begun[0], str(begun[0].officer), NOBODYS, None, None)
            self.the_matter_goes_on(id, steps, "GRANTED")

    @rule(id=which)
    def the_last_step_is_nobodys(self, id: str) -> None:
        """Neither of its unit nor of the one that gets it then: the answers to the others settle nothing."""
        self.a_request_is_registered(id, PERMIT.service, 999, None)
        for _ in range(20):
            expected, last = self.expected[id], PERMIT.steps[-1].id
            piece = expected.newest().get(last)
            if piece is not None and piece.state == "STARTED":
                self._answer(expected, piece, str(piece.officer), NOBODYS, None, None)
            else:
                self.the_matter_goes_on(id, 1, "GRANTED")

    @rule(
        id=which,
        number=nth,
        then=st.sampled_from(["taken", "taken", "refused", "silence", "withdrawn"]),
        meanwhile=st.booleans(),
    )
    def it_goes_to_another_agency(self, id: str, number: int, then: str, meanwhile: bool) -> None:
        """Which answers, or not; `meanwhile` the others go on."""
        if found := self._pick(id, number):
            to = REVENUE if found[1].unit == ROADS_UNIT else ROADS_UNIT
            self.a_task_is_handed_on(id, number, by="ada", leads=True, to=to)
            if meanwhile:
                self.the_matter_goes_on(id, 2, "GRANTED")
            match then:
                case "silence":
                    self.now += timedelta(days=5)
                    self.timers_fire(id)
                case "withdrawn":
                    self.it_is_over_for_intake(id, "withdrawn", 0)
                case _:
                    self.the_other_agency_answers(id, 0, by="ada", leads=True, take=then == "taken")


Walk = Callable[[InAnyOrder], None]


def _officer_is_out(role: str, last: str, steps: int, agent: bool) -> Walk:
    return lambda it: it.an_officer_is_out_of_it_meanwhile("r1", steps, role, last, agent, stays=True)


SELDOM: Mapping[str, Walk] = {
    "the law's limit": lambda it: it.the_law_leaves_no_more("r1", closed=True),
    "a day won too late": lambda it: it.it_is_heard_late_that_a_day_is_open_after_all("r1", 5),
    "nobody's last step": lambda it: it.the_last_step_is_nobodys("r1"),
    "two who refuse": lambda it: it.what_takes_two_is_refused_and_objected_to("r1", 5000),
    "a part is objected to": lambda it: it.it_is_decided_and_begins_anew("r1", "PARTIAL", reopened=False, minutes=5),
    "before its turn": lambda it: it.a_task_is_started_before_its_turn("OTHER_AGENCY", None, colleague=True),
    **{
        f"{role}: {last}, {steps}, {agent}": _officer_is_out(role, last, steps, agent)
        for role in ("holder", "colleague", "leader")
        for last in ("declared", "away", "left", "less")
        for steps in (0, 1)
        for agent in (False, True)
    },
}


@pytest.mark.parametrize("walk", SELDOM.values(), ids=SELDOM)
def test_what_chance_seldom_brings_is_walked_each_time(walk: Walk) -> None:
    """From a morning with two cases, the model looking on: a few examples may miss what takes many steps."""
    it = InAnyOrder()
    for id in ("r1", "r2"):
        it.a_request_is_registered(id, PERMIT.service, 999 if walk is not SELDOM["two who refuse"] else 5000, None)
        it.now += 5 * MINUTE
    it.all_words_arrive()
    walk(it)
    it.each_case_is_as_the_model_says()
    it.every_step_that_the_result_waits_for_is_somebodys()
    it.the_work_of_units_stands_in_the_order_in_which_it_is_handled()
    it.teardown()


TestInAnyOrder = InAnyOrder.TestCase
TestInAnyOrder.settings = WALKED
