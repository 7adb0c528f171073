"""Follow a desk from Python: print every event, and miss none when the connection drops.

    .venv/bin/python examples/follow.py                     # the desk of `make run`
    .venv/bin/python examples/follow.py URL issue review    # another desk, only these topics
    .venv/bin/python examples/follow.py URL --since CURSOR  # go on where the last run stopped

WIREROOM_URL, too, names another desk. One that is not in mock mode wants a token in WIREROOM_TOKEN.
"""

import argparse
import asyncio
import os
import sys

from server.client import FollowRefused, Snapshot, follow

DESK = "http://127.0.0.1:8787"
TOPICS = ["issue", "brief", "review", "export", "ingest", "edition"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Print every event of a desk.")
    parser.add_argument("url", nargs="?", default=os.environ.get("WIREROOM_URL", DESK))
    parser.add_argument("topics", nargs="*", default=TOPICS)
    parser.add_argument("--since", help="a cursor: everything after it is replayed first")
    return parser.parse_args()


async def main() -> None:
    given = arguments()
    desk = follow(
        given.url,
        topics=given.topics,
        since=given.since,
        token=os.environ.get("WIREROOM_TOKEN"),
    )
    try:
        async for message in desk:
            if isinstance(message, Snapshot):
                issues = message.data.get("issues") or []
                print(f"at {message.at}: {len(issues)} issues, now following", flush=True)
            else:
                print(message.time, message.type, message.subject, flush=True)
    except FollowRefused as refused:
        sys.exit(f"The desk refused: {refused}")
    finally:
        if desk.cursor:
            print(f"Go on later with --since {desk.cursor}", file=sys.stderr)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(130)
