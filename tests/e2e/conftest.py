"""Labs that several files of tests share the description of."""

import pytest

from lab.cloudstack.driven import DrivenFromHere
from lab.cloudstack.isolated import FAR, FORWARDS, SAMPLES, Isolated
from lab.commands import wait_until


@pytest.fixture(scope="module")
def isolated(tmp_path_factory):
    """The router of CloudStack's samples, with guests and an outside; nothing configured."""
    with DrivenFromHere("i", "router", "--nics", 4, "--cmdline", SAMPLES / "iso-00-cmdline.txt") as driven:
        made = Isolated(driven, tmp_path_factory.mktemp("isolated"))
        try:
            made.serve()
            yield made
        finally:
            made.close()


@pytest.fixture
def booted(isolated):
    """The same, started and told everything, and nothing since."""
    if not isolated.is_fresh:
        isolated.boot()
    wait_until(lambda: isolated.who_answers(FAR, FORWARDS, 2222), "the forward answers", 20)
    return isolated
