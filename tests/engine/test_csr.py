"""Certificates for keys that never come here: the requester's own CSR, from the order to the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec.structs import replace

from reconciler.engine.observe import observe
from reconciler.errors import StateError
from reconciler.model.account import KeyType
from reconciler.model.order import OrderFile, Stage
from reconciler.pki import thumbprint
from reconciler.plan import actions, reasons
from tests.engine.checks import assert_csr_fits, assert_key_fits, assert_settled
from tests.unit.pki.csrs import EC_KEY, RSA_KEY, csr

if TYPE_CHECKING:
    from tests.engine.rig import Rig

CSR = csr("www.example.com", "api.example.com", common_names=["api.example.com"])
OTHER = csr("www.example.com", "api.example.com", key=ec.generate_private_key(ec.SECP256R1()))


def digest(rig: Rig, name: str = "www") -> str:
    value = rig.specs[name].csr_digest
    assert value is not None
    return value


def private_keys(rig: Rig) -> list[str]:
    return [str(path.relative_to(rig.folder)) for path in rig.folder.rglob("privkey.pem")]


@pytest.mark.parametrize("key", [EC_KEY, RSA_KEY])
def test_the_csr_is_what_is_ordered_with_and_no_key_is_made(
    rig: Rig, key: ec.EllipticCurvePrivateKey
) -> None:
    request = csr("www.example.com", "*.example.com", "api.example.com", key=key)
    rig.want_csr("shop/hsm", request)
    rig.server.preauthorized = True
    [issued] = rig.apply().issued
    assert_settled(rig)
    assert_csr_fits(rig.output / "shop/hsm", request)
    assert private_keys(rig) == []
    assert rig.store.order_csr(issued.order_id) == request
    certificate = rig.store.certificates()["shop/hsm"]
    assert certificate.csr_digest == digest(rig, "shop/hsm")
    assert certificate.key_type == (KeyType.EC_256 if key is EC_KEY else KeyType.RSA_2048)
    assert list(certificate.files) == ["cert.pem", "chain.pem", "fullchain.pem"]
    assert certificate.superseded_files == {}
    assert rig.store.order(issued.order_id).csr_digest == certificate.csr_digest


def test_a_renewal_uses_the_same_csr(rig: Rig) -> None:
    rig.want_csr("www", CSR)
    rig.apply()
    before = rig.delivered("www")
    rig.clock.advance(days=61)
    [action] = rig.plan().actions
    assert [type(each) for each in action.reasons] == [reasons.RenewalDue]
    assert rig.apply().issued
    assert rig.delivered("www")["cert.pem"] != before["cert.pem"]
    assert rig.store.certificates()["www"].csr_digest == digest(rig)
    assert_settled(rig)


def test_another_csr_for_the_same_names_is_a_reason_to_order(rig: Rig) -> None:
    rig.want_csr("www", CSR)
    rig.apply()
    first = digest(rig)
    rig.want_csr("www", OTHER)
    [action] = rig.plan().actions
    assert action.reasons == (reasons.CsrChanged(first, digest(rig)),)
    assert rig.apply().issued
    assert_csr_fits(rig.output / "www", OTHER)
    assert_settled(rig)


def test_an_order_under_way_for_another_csr_is_given_up(rig_by_hand: Rig) -> None:
    rig = rig_by_hand
    rig.want_csr("www", CSR)
    [waiting] = rig.apply().awaiting_people
    rig.want_csr("www", OTHER)
    [action] = rig.plan().actions
    assert isinstance(action, actions.CreateOrder)
    assert action.previous is not None
    assert action.previous.order_id == waiting.order_id
    rig.uses_webroot = True
    assert rig.apply().issued
    assert_csr_fits(rig.output / "www", OTHER)
    assert_settled(rig)


@pytest.mark.parametrize("content", [None, "rubbish", OTHER])
def test_an_order_under_way_goes_on_with_the_csr_that_the_tree_has(
    rig_by_hand: Rig, content: str | None
) -> None:
    rig = rig_by_hand
    rig.want_csr("www", CSR)
    [waiting] = rig.apply().awaiting_people
    path = rig.folder / "state/orders" / waiting.order_id / OrderFile.CSR
    path.unlink()
    if content is not None:
        path.write_text(content)
    rig.uses_webroot = True
    assert rig.apply().issued[0].order_id == waiting.order_id
    assert_csr_fits(rig.output / "www", CSR)
    assert_settled(rig)


def test_a_chain_for_another_key_than_that_of_the_csr_is_not_delivered(rig: Rig) -> None:
    rig.want_csr("other", OTHER)
    rig.apply()
    [completed] = rig.server.completed()
    other = completed.certificate
    rig.want_csr("www", CSR)
    rig.apply()
    rig.clock.advance(days=61)
    del rig.specs["other"]
    before = rig.delivered("www")

    def swap(name: str) -> None:
        if name == "read_order":
            for order in rig.server.completed():
                order.certificate = other

    rig.server.after_request = swap
    [failure] = rig.apply().failed
    assert failure.problem.code == "invalidCertificate"
    assert "not for the key that it was ordered for" in failure.problem.detail
    assert rig.delivered("www") == before


def test_files_are_delivered_again_without_a_key(rig: Rig) -> None:
    rig.want_csr("www", CSR)
    rig.apply()
    before = rig.delivered("www")
    (rig.output / "www/chain.pem").unlink()
    (rig.output / "www/cert.pem").write_text("something else")
    assert rig.apply().delivered
    assert rig.delivered("www") == before
    assert_settled(rig)


def test_without_its_csr_in_the_state_a_certificate_cannot_be_delivered_again(rig: Rig) -> None:
    rig.want_csr("www", CSR)
    [issued] = rig.apply().issued
    (rig.folder / "state/orders" / issued.order_id / "csr.pem").unlink()
    (rig.output / "www/chain.pem").unlink()
    [failure] = rig.apply().failed
    assert "csr.pem" in failure.problem.detail
    assert "order anew" in failure.problem.detail


def test_a_key_made_here_does_not_stay_beside_a_certificate_for_another(rig: Rig) -> None:
    rig.want("www", "www.example.com", "api.example.com")
    rig.apply()
    rig.want_csr("www", CSR)
    [action] = rig.plan().actions
    assert action.reasons == (reasons.CsrChanged(None, digest(rig)),)
    [archived] = [rig.store.certificates()["www"].order_id]
    assert rig.apply().issued
    assert_csr_fits(rig.output / "www", CSR)
    assert private_keys(rig) == [f"state/archive/orders/{archived}/privkey.pem"]
    assert_settled(rig)


def test_a_key_that_could_not_be_removed_is_removed_by_the_next_run(rig: Rig) -> None:
    rig.want("www", "www.example.com", "api.example.com")
    rig.apply()
    key = rig.delivered("www")["privkey.pem"]
    rig.want_csr("www", CSR)
    rig.apply()
    (rig.output / "www/privkey.pem").write_bytes(key)
    [action] = rig.plan().actions
    assert isinstance(action, actions.DeliverCertificate)
    assert action.reasons == (reasons.FilesSuperseded(("privkey.pem",)),)
    assert rig.apply().delivered
    assert_settled(rig)


def test_a_key_that_the_requester_keeps_there_is_left_alone(rig: Rig) -> None:
    own = EC_KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    rig.want("www", "www.example.com", "api.example.com")
    rig.apply()
    rig.want_csr("www", CSR)
    rig.apply()
    (rig.output / "www/privkey.pem").write_bytes(own)
    rig.clock.advance(days=61)
    assert rig.apply().issued
    assert rig.delivered("www")["privkey.pem"] == own
    assert not rig.plan().has_changes
    assert_key_fits(rig.output / "www")


def test_back_to_a_key_made_here(rig: Rig) -> None:
    rig.want_csr("www", CSR)
    rig.apply()
    before = digest(rig)
    rig.want("www", "www.example.com", "api.example.com")
    [action] = rig.plan().actions
    assert action.reasons == (reasons.CsrChanged(before, None),)
    assert rig.apply().issued
    assert rig.store.certificates()["www"].csr_digest is None
    assert_key_fits(rig.output / "www")
    assert_settled(rig)


def test_a_csr_for_the_key_of_an_account_never_reaches_the_ca(rig: Rig) -> None:
    rig.want("first", "first.example.com")
    rig.apply()
    account = rig.store.accounts()["ca"]
    [key] = account.account_keys
    rig.store.save_account(
        replace(account, account_keys=(replace(key, thumbprint=thumbprint(CSR.encode())),))
    )
    rig.want_csr("www", CSR)
    rig.server.requests.clear()
    [failure] = rig.apply().failed
    assert failure.problem.code == "accountKeyInRequest"
    assert rig.server.requests["new_order"] == 0
    [order] = [each for each in rig.store.orders().values() if each.certificate_name == "www"]
    assert order.stage is Stage.ERROR
    rig.want_csr("www", csr("www.example.com", key=RSA_KEY))
    assert rig.apply().issued


def test_two_csrs_for_the_same_names_do_not_share_an_order(rig: Rig) -> None:
    rig.want_csr("a", CSR)
    rig.want_csr("b", OTHER)
    rig.want("c", "www.example.com", "api.example.com")
    assert len(rig.apply().issued) == 3
    assert len(rig.server.issued) == 3
    assert_settled(rig)


def test_a_private_key_in_the_output_of_a_csr_is_no_change_by_itself(rig: Rig) -> None:
    rig.want_csr("www", CSR)
    rig.apply()
    (rig.output / "www/privkey.pem").write_text("whatever the requester has put there")
    assert observe(rig.store, rig.output).file_changes == {}


def test_the_folder_of_an_order_with_a_csr_that_is_no_csr_is_said(rig: Rig) -> None:
    rig.want_csr("www", CSR)
    [issued] = rig.apply().issued
    rig.store.save_order_file(issued.order_id, OrderFile.CSR, b"rubbish")
    (rig.output / "www/cert.pem").unlink()
    [failure] = rig.apply().failed
    assert failure.problem.code == "state"
    with pytest.raises(StateError):
        thumbprint(b"rubbish")
