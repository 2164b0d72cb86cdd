"""The api-versions of both providers, and what each of them added to an answer."""

from __future__ import annotations

import re

CONTAINER_INSTANCE = (
    "2017-08-01-preview", "2017-10-01-preview", "2017-12-01-preview", "2018-02-01-preview", "2018-04-01", "2018-06-01",
    "2018-07-01", "2018-09-01", "2018-10-01", "2019-12-01", "2020-11-01", "2021-03-01", "2021-07-01", "2021-09-01",
    "2021-10-01", "2022-09-01", "2022-10-01-preview", "2023-05-01", "2024-05-01-preview", "2024-09-01-preview",
    "2024-10-01-preview", "2024-11-01-preview", "2025-09-01",
)  # fmt: skip

RESOURCES = (
    "2014-04-01-preview", "2015-01-01", "2015-11-01", "2016-02-01", "2016-06-01", "2016-07-01", "2016-09-01",
    "2017-03-01", "2017-05-10", "2018-01-01", "2018-02-01", "2018-05-01", "2018-06-01", "2018-08-01", "2018-11-01",
    "2019-03-01", "2019-05-01", "2019-05-10", "2019-06-01", "2019-07-01", "2019-08-01", "2019-09-01", "2019-10-01",
    "2019-11-01", "2020-01-01", "2020-05-01", "2020-06-01", "2020-07-01", "2020-08-01", "2020-10-01", "2021-01-01",
    "2021-04-01", "2022-01-01", "2022-09-01", "2022-12-01", "2023-07-01", "2023-07-01-preview", "2024-03-01",
    "2024-07-01", "2024-11-01", "2025-03-01", "2025-04-01",
)  # fmt: skip

OPERATIONS = "2018-06-01"
"""The version in every `Azure-AsyncOperation` URL, whatever the request used."""

SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}(-preview|-alpha|-beta)?", re.ASCII)

# An answer to a request of this api-version or a later one has ...
TYPE_OF_RESOURCE_GROUP = "2019-07-01"
IDENTITY = "2018-10-01"
SKU_AND_INIT_CONTAINERS = "2019-12-01"
TIMEOUTS_AND_PRIORITY = "2023-05-01"
STANDBY_POOLS = "2024-05-01-preview"


def since(version: str, first: str) -> bool:
    """Whether *version* is *first* or later; a preview counts as its date."""
    return version[:10] >= first[:10]
