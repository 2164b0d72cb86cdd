import requests

from pytest_aci import ContainerGroup, container_group, http, single

web = container_group(single("mcr.microsoft.com/azuredocs/aci-helloworld", ports=[80]), until=http(80, "/"))


def test_hello(web: ContainerGroup) -> None:
    assert web.instance_view.state == "Running"
    assert "Welcome" in requests.get(web.url(80)).text
