"""Addresses in one form, so that the same page is recognised. Pure."""

import re
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

_PORTS: Final = {"http": 80, "https": 443}
_LONGEST: Final = 2_000
_HOST: Final = re.compile(r"[^\s\"<>\\^`{|}]+")
# Says where a reader came from, never which page it is.
_TRACKING: Final = frozenset(
    ("fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "cmpid")
)


def canonical_url(url: str) -> str:
    """The address without fragment, user, default port and tracking; '' unless http or https."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host) or len(url) > _LONGEST:
        return ""
    shown = f"[{host}]" if ":" in host else host
    if port is not None and port != _PORTS[parts.scheme]:
        shown = f"{shown}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    query = _without_tracking(parts.query)
    return f"{parts.scheme}://{shown}{path}" + (f"?{query}" if query else "")


def resolved(base: str, link: str) -> str:
    """``link`` as seen from ``base``; '' for what is no address at all."""
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def url_key(url: str) -> str | None:
    """What two addresses of one page share: no scheme, no `www.`, no slash at the end.

    A bare home page is no key: some feeds link every entry to it.
    """
    canonical = canonical_url(url)
    if not canonical:
        return None
    key = canonical.partition("://")[2].removeprefix("www.").rstrip("/")
    return key if "/" in key or "?" in key else None


def host_of(url: str) -> str:
    """The host a reader would name, without `www.`, or ''."""
    return (urlsplit(canonical_url(url)).hostname or "").removeprefix("www.")


def is_url(location: str) -> bool:
    return location.lower().startswith(("http://", "https://"))


def _without_tracking(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _tracks(name.lower())]
    # An untouched query stays as the source wrote it.
    return quote(query, safe="%&=+/:;,@!$'()*~?") if len(kept) == len(pairs) else urlencode(kept)


def _tracks(name: str) -> bool:
    return name.startswith("utm_") or name in _TRACKING
