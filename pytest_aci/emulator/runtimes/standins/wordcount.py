"""Stand-in for aci-wordcount: prints the most frequent words of a text, as a list of (word, count) pairs.

The text's URL is the only argument. NumWords (10 by default) says how many words, MinLength (0) how long they must be.
Two texts need no network: instead of the plays that the documentation's walk-through counts there are word lists, with
the walk-through's counts for the words it shows and invented ones for the rest. Any other URL is fetched: directly, or
through the proxy of ACI_OUTBOUND where the group's network has no way to it.
"""

import os
import re
import sys
import urllib.error
import urllib.request
from collections import Counter
from pprint import pformat

DEFAULT = "http://shakespeare.mit.edu/hamlet/full.html"
TIMEOUT = 30.0

HAMLET = {
    "the": 990, "and": 702, "of": 628, "to": 610, "I": 544, "you": 495, "a": 453, "my": 441, "in": 399, "HAMLET": 386,
    "CLAUDIUS": 120, "POLONIUS": 113, "HORATIO": 129, "GERTRUDE": 82, "ROSENCRANTZ": 69, "GUILDENSTERN": 54,
}  # fmt: skip
ROMEO_AND_JULIET = {
    "and": 686, "the": 681, "I": 582, "to": 518, "a": 448, "of": 378, "my": 345, "in": 314, "is": 304, "that": 303,
    "ROMEO": 177, "JULIET": 134, "CAPULET": 119, "BENVOLIO": 80, "MERCUTIO": 83, "LAURENCE": 67, "MONTAGUE": 41,
    "BALTHASAR": 13,
}  # fmt: skip

OFFLINE = {DEFAULT: HAMLET, "http://shakespeare.mit.edu/romeo_juliet/full.html": ROMEO_AND_JULIET}


def count(text: str) -> Counter[str]:
    """Return how often each word stands in *text*, of which HTML tags are no part."""
    return Counter(re.findall(r"[^\W_]+(?:['’][^\W_]+)*", re.sub(r"<[^>]*>", " ", text)))  # noqa: RUF001 # an apostrophe


def rank(counts: Counter[str], most: int, shortest: int) -> list[tuple[str, int]]:
    """Return the *most* frequent words of at least *shortest* letters; equals in the order of the alphabet."""
    long_enough = [(word, times) for word, times in counts.items() if len(word) >= shortest]
    return sorted(long_enough, key=lambda pair: (-pair[1], pair[0]))[:most]


def fetch(url: str) -> str:
    """Return the text at *url*.

    Raises:
        OSError: It can not be fetched.
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"unknown url type: {url!r}")
    ways: list[dict[str, str]] = [{}]
    if outbound := os.environ.get("ACI_OUTBOUND"):
        ways.append({"http": outbound, "https": outbound})
    while True:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler(ways.pop(0)))
        try:
            with opener.open(url, timeout=TIMEOUT) as answer:
                return str(answer.read().decode(answer.headers.get_content_charset() or "utf-8", "replace"))
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            if not ways:
                raise


def main() -> int:
    """Print the words; the exit code."""
    url = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    most = int(os.environ.get("NumWords", "10"))  # noqa: SIM112 # the image's own spelling
    shortest = int(os.environ.get("MinLength", "0"))  # noqa: SIM112 # see above
    try:
        counts = Counter(OFFLINE[url]) if url in OFFLINE else count(fetch(url))
    except (OSError, ValueError) as reason:
        sys.stderr.write(f"{url} could not be fetched: {reason}\n")
        return 1
    sys.stdout.write(pformat(rank(counts, most, shortest)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
