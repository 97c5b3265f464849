"""Which functions of the program are clocked, by what their time goes to.

The time of a function counts for its own line only, less what is in it and stands in another line. A function
that is gone, and a line none of whose functions is called, fail the benchmark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Clocks = Mapping[str, Sequence[str]]

_CA, _STORE, _PKI = "reconciler.ca", "reconciler.store", "reconciler.pki"

APPLY: Clocks = {
    "HTTP": [f"{_CA}.transport:Transport.request"],
    "JWS": [f"{_CA}.jws:AccountKey.sign"],
    "requests made, answers read": [
        f"{_CA}.rfc8555:Rfc8555CA.{name}"
        for name in ("new_order", "read_order", "read_authorization", "answer_challenge", "finalize_order")
    ]
    + [
        f"{_CA}.certificates:CertificateRequests.{name}"
        for name in ("download_certificate", "read_renewal_info")
    ],
    "keys, CSR, check of the chain": [
        f"{_PKI}.keys:generate_key",
        f"{_PKI}.requests:make_csr",
        f"{_PKI}.requests:csr_der",
        f"{_PKI}.chains:check_chain",
        f"{_PKI}.chains:check_chain_for",
    ],
    "state: durable writes": [
        f"reconciler.files:{name}"
        for name in ("write_files", "make_folder", "remove_file", "move", "sync_folder")
    ],
    "state: records written as YAML": [f"{_STORE}.records:record_bytes"],
    "state: the log": [f"{_STORE}.store:Store.add_to_log"],
    "state: the rest": [
        f"{_STORE}.store:Store.save_certificate",
        f"{_STORE}.store:Store.certificate",
        f"{_STORE}.store:Store.save_leftovers",
        f"{_STORE}.store:Store.leftovers_of",
        f"{_STORE}.order_records:OrderRecords.save_order",
        f"{_STORE}.order_records:OrderRecords.save_order_file",
        f"{_STORE}.order_records:OrderRecords.has_order_file",
        f"{_STORE}.shelves:Shelves.order_file",
        "reconciler.deliver.certificates:deliver",
    ],
    "challenges": [
        "reconciler.challenges.webroot:Webroot.present",
        "reconciler.challenges.webroot:Webroot.clean_up",
    ],
    "engine, progress": [
        "reconciler.engine.scheduler:Scheduler.run",
        "reconciler.engine.order_task:OrderTask.run",
        "reconciler.engine.account_task:AccountTask.run",
        "reconciler.engine.recorder:Recorder.take",
        "reconciler.render.progress:PlainProgress.report",
    ],
    "tree and plan": [
        "reconciler.cli.workspace:open_trusted",
        "reconciler.cli.workspace:Workspace.observe",
        "reconciler.cli.workspace:Workspace.plan",
    ],
}

PLAN: Clocks = {
    "tree: the files found": ["reconciler.tree.discover:discover"],
    "tree: files read, YAML, schema": ["reconciler.tree.document:read_document"],
    "tree: certificates built": ["reconciler.tree.load:load_tree"],
    "state: records": [f"{_STORE}.shelf:Shelf.all"],
    "state: delivered files": [
        "reconciler.deliver.certificates:file_changes",
        "reconciler.deliver.certificates:find_links",
    ],
    "policy": ["reconciler.provenance.review:review"],
    "the diff": ["reconciler.plan.diff:make_plan"],
}
