"""Drives ``server.client`` as the suite asks: follow, and print what happens, a line each.

python follow.py URL '{"topics": ["issue"], "since": …, "snapshot": …, "token": …}'
"""

import asyncio
import json
import sys
from typing import Any

from server.client import FollowRefused, Snapshot, follow


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


async def wait(seconds: float) -> None:
    say(waits_ms=seconds * 1000)
    await asyncio.sleep(seconds)


async def main(url: str, options: dict[str, Any]) -> None:
    try:
        async for message in follow(url, sleep=wait, **options):
            if isinstance(message, Snapshot):
                say(snapshot=message.at)
            else:
                say(event=message.id)
    except FollowRefused as refused:
        say(refused=refused.code)


asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
