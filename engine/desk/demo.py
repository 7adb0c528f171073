"""The demo reviewers of mock mode, and the tokens printed at its start.

They exist only in the throw-away data folder of a mock desk, which listens on loopback.
"""

from engine.desk.credential import digest
from engine.model import Principal
from engine.store import access as rows
from engine.store.writer import Tx

PRINCIPALS = (
    Principal(id="demo-analyst", name="Demo Analyst", roles=("Analyst",), method="demo"),
    Principal(
        id="demo-strategy-head",
        name="Demo Strategy Head",
        roles=("Strategy Head",),
        method="demo",
    ),
    Principal(id="demo-admin", name="Demo Admin", roles=("admin", "auditor"), method="demo"),
    # What takes two admins can be tried out, too.
    Principal(id="demo-second-admin", name="Demo Second Admin", roles=("admin",), method="demo"),
)


def install(tx: Tx) -> None:
    """Store the demo reviewers; each one's bearer token is its id."""
    for principal in PRINCIPALS:
        if rows.principal_named(tx.connection, principal.name) is not None:
            continue
        rows.add_principal(tx.connection, principal, since=tx.now)
        rows.add_token(
            tx.connection,
            token_id=f"tok-{principal.id}",
            principal_id=principal.id,
            digest=digest(principal.id),
            created=tx.now,
            expires=None,
        )
