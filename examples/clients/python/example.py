import os, uuid
from sca_backend_client import AuthenticatedClient
from sca_backend_client.api.transfers import hold_transfer
from sca_backend_client.models import TransferAmount, TransferHoldRequest, TransferHoldResponse

sca = AuthenticatedClient(base_url=os.environ["SCA_URL"], token=os.environ["SCA_KEY"])
transfer = TransferHoldRequest(transfer="txn-8827", version=1, user="user-4421", email="a@example.com",
    amount=TransferAmount(minor=5_000_000, currency="USD"), payee="Acme Corp", region="US")
answer = hold_transfer.sync(client=sca, body=transfer, idempotency_key=str(uuid.uuid4()))
print(f"{answer.decision} {answer.id}" if isinstance(answer, TransferHoldResponse) else answer.code)
