from __future__ import annotations

import json
import re
from typing import Any

import pytest
from azure.mgmt.containerinstance import models
from hypothesis import given

from pytest_aci.arm.documents import group_document
from pytest_aci.spec import GroupSpec, ModelSpec, Secret, SpecError, as_spec, container, single
from tests.spec.strategies import HELLO, groups

SENTINEL = "s3ntinel-value-that-must-not-show"


def model(**options: Any) -> models.ContainerGroup:
    """Give a group as a user of the SDK describes it, with a secret in it."""
    only = models.Container(
        name="main",
        image=HELLO,
        resources=models.ResourceRequirements(requests=models.ResourceRequests(cpu=1, memory_in_gb=1)),
        environment_variables=[models.EnvironmentVariable(name="A", secure_value=SENTINEL)],
    )
    return models.ContainerGroup(**{"os_type": "Linux", "containers": [only], **options})


def as_model_spec(value: object) -> ModelSpec:
    """Take *value* for a spec, which must be one of a model."""
    spec = as_spec(value)
    assert isinstance(spec, ModelSpec)
    return spec


def test_a_model_of_the_sdk_is_a_spec() -> None:
    """Whoever has a model already needs no builder: it is asked for as it is."""
    spec = as_model_spec(model(location="westeurope", restart_policy="Never"))
    assert spec.container_names == ("main",)
    assert (spec.location, spec.restart_policy, spec.kind) == ("westeurope", "Never", "model")
    assert spec.body() == model(location="westeurope", restart_policy="Never").serialize()


def test_what_a_model_leaves_out_is_azures_to_choose() -> None:
    """No location and no policy are no location and Always."""
    assert (as_spec(model()).location, as_spec(model()).restart_policy) == (None, "Always")


def test_equal_models_share_a_key_and_others_do_not() -> None:
    """Models are shared by content, like specs; a secret counts for that and for nothing that is written."""
    other = model()
    other.containers[0].environment_variables = [models.EnvironmentVariable(name="A", secure_value="another")]
    assert as_spec(model()) == as_spec(model())
    assert as_spec(model()).key == as_spec(model()).key != as_spec(other).key
    assert as_spec(model()).fingerprint() == as_spec(other).fingerprint()
    assert as_spec(model()).stem == as_spec(other).stem
    assert re.fullmatch(r"model-aci-helloworld-[0-9a-f]{6}", as_spec(model()).stem)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {
            "image_registry_credentials": [
                models.ImageRegistryCredential(server="r.io", username="me", password=SENTINEL)
            ]
        },
        {"volumes": [models.Volume(name="files", secret={"f": SENTINEL})]},
        {
            "volumes": [
                models.Volume(
                    name="share",
                    azure_file=models.AzureFileVolume(
                        share_name="s", storage_account_name="a", storage_account_key=SENTINEL
                    ),
                )
            ]
        },
        {
            "volumes": [
                models.Volume(
                    name="source", git_repo=models.GitRepoVolume(repository=f"https://me:{SENTINEL}@example.com/r")
                )
            ]
        },
        {
            "diagnostics": models.ContainerGroupDiagnostics(
                log_analytics=models.LogAnalytics(workspace_id="w", workspace_key=SENTINEL)
            )
        },
        {"extensions": [models.DeploymentExtensionSpec(name="x", protected_settings={"a": {"b": [SENTINEL]}})]},
        {
            "init_containers": [
                models.InitContainerDefinition(
                    name="i", environment_variables=[models.EnvironmentVariable(name="B", secure_value=SENTINEL)]
                )
            ]
        },
    ],
)
def test_every_secret_of_a_model_is_masked_and_listed(options: dict[str, Any]) -> None:
    """What Azure never shows again is shown nowhere by us either, and those who redact learn of it."""
    spec = as_spec(model(**options))
    assert SENTINEL not in json.dumps(spec.fingerprint()) + repr(spec)
    assert any(SENTINEL in secret.reveal() for secret in spec.secrets)
    assert SENTINEL in json.dumps(group_document(spec, location="westeurope", tags={}, suffix="0"))


def test_a_secret_file_is_listed_in_both_forms() -> None:
    """A model carries files base64-encoded; their text is a secret as well."""
    spec = as_spec(model(volumes=[models.Volume(name="files", secret={"f": "aHVudGVyMg=="})]))
    assert {Secret("aHVudGVyMg=="), Secret("hunter2")} <= set(spec.secrets)


def test_the_address_of_a_public_repository_is_not_masked() -> None:
    """Without a user in it, the URL is part of what a cassette remembers."""
    volume = models.Volume(name="source", git_repo=models.GitRepoVolume(repository="https://example.com/r"))
    assert "https://example.com/r" in json.dumps(as_spec(model(volumes=[volume])).fingerprint())


def test_a_model_that_answers_as_dict_only_is_taken() -> None:
    """Later generations of SDK models have no serialize, and answer as_dict with the words of the wire."""

    class Later:
        def as_dict(self) -> dict[str, Any]:
            return dict(model().serialize())

    assert as_spec(Later()) == as_spec(model())


def test_a_spec_is_a_spec() -> None:
    """What has been built already is given back as it is."""
    spec = single(HELLO)
    assert as_spec(spec) is spec
    assert as_spec(as_spec(model())) == as_spec(model())


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (HELLO, "a spec made by single, sidecar, task or group, or a ContainerGroup model of the Azure SDK"),
        ({"properties": {}}, "a spec made by single"),
        (models.Port(port=80), "a spec made by single"),
        (models.ContainerGroup, "a spec made by single"),
        (container("a", HELLO), r"a container group: put the container into group\(…\)"),
        (model(containers=[]), r"containers = \[\]: 1 to 60 containers"),
        (
            model(
                containers=[
                    models.Container(
                        name="a",
                        image="",
                        resources=models.ResourceRequirements(requests=models.ResourceRequests(cpu=1, memory_in_gb=1)),
                    )
                ]
            ),
            r"containers\[0\].image = '': given",
        ),
    ],
)
def test_what_is_no_spec_is_refused(value: Any, words: str) -> None:
    """Something else is answered with what is wanted instead."""
    with pytest.raises(SpecError, match=words):
        as_spec(value)


@given(groups())
def test_a_spec_and_its_own_model_list_the_same_secrets(spec: GroupSpec) -> None:
    """The places that hold secrets are the same, whichever way a group was described."""
    document = group_document(spec, location="westeurope", tags={}, suffix="0")
    described = as_spec(models.ContainerGroup.deserialize(document))
    assert {secret.reveal() for secret in spec.secrets} <= {secret.reveal() for secret in described.secrets}
