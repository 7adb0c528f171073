"""A small invented day: a port strike told again and again, and the people who review it."""

from engine.desk.importing import ImportedBrief, ImportedIssue, ImportedQuote
from engine.desk.review import SignRequest
from engine.engine import Engine
from engine.model import BriefView, Entry, Principal, SignedReply

ANA = Principal(id="per-ana", name="Ana", roles=("Analyst",))
SAM = Principal(id="per-sam", name="Sam", roles=("Strategy Head",))
BOTH = Principal(id="per-bo", name="Bo", roles=("Analyst", "Strategy Head"))
ADA = Principal(id="per-ada", name="Ada", roles=("admin",))
VERA = Principal(id="per-vera", name="Vera", roles=("viewer",))
NOBODY = Principal(id="", name="anonymous", roles=("viewer",), method="anonymous")

STRIKE = "port-strike"


def entry(n: int, text: str = "") -> Entry:
    """The n-th report about the strike in the invented port of Calder."""
    return Entry(
        title=f"Calder port strike: dockers reject offer number {n}",
        text=text
        or f"Dockers at the port of Calder rejected offer number {n} on Monday. "
        f"The port said {n} ships are waiting.",
        url=f"https://news{n}.example/calder-strike-{n}",
        publisher=f"Outlet {n}",
    )


def strike(*, brief: bool = True) -> ImportedIssue:
    text = "Dockers walked out at the port of Calder. The harbour authority fears a long closure."
    return ImportedIssue(
        id=STRIKE,
        title="Dockers strike at the port of Calder",
        quadrant="Advocacy",
        score=0.8,
        entries=(
            Entry(
                title="Dockers strike at the port of Calder",
                text=text,
                url="https://wire.example/strike",
                publisher="Halm Wire",
            ),
        ),
        brief=ImportedBrief(
            title="Dockers strike at the port of Calder",
            summary=("Dockers walked out at the port of Calder.",),
            risks=("The harbour authority fears a long closure.",),
            evidence=(
                ImportedQuote(
                    url="https://wire.example/strike",
                    quote="Dockers walked out at the port of Calder.",
                ),
            ),
        )
        if brief
        else None,
    )


async def with_strike(engine: Engine) -> BriefView:
    """A desk that holds the strike and its brief."""
    from engine.model import SYSTEM

    await engine.importing.adopt(SYSTEM, [strike()])
    return await engine.briefs.get(STRIKE)


async def sign(
    engine: Engine, by: Principal, role: str, *, approve: bool = True, note: str = ""
) -> SignedReply:
    """Sign what the brief says now."""
    seen = await engine.briefs.get(STRIKE)
    request = SignRequest(
        role=role, approve=approve, brief_id=STRIKE, digest=seen.brief.digest, note=note
    )
    return await engine.review.sign(by, request)
