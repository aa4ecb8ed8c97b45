"""Faults in `delivery.contacts`: batches, transactions, lists, and what is in doubt."""

from typing import Final

from grading.planted_faults.planted import Planted

_ADDRESS: Final = "delivery/contacts/address.py"
_ADDRESSES: Final = "delivery/contacts/addresses.py"
_BATCHES: Final = "delivery/contacts/batches.py"
_CONTACTS: Final = "delivery/contacts/contacts.py"
_DIVIDING: Final = "delivery/contacts/dividing.py"
_KNOWN: Final = "delivery/contacts/known_contacts.py"
_LISTS: Final = "delivery/contacts/list_members.py"
_NEWCOMERS: Final = "delivery/contacts/newcomers.py"
_NOT_FOUND: Final = "delivery/contacts/not_found.py"
_RESTS: Final = "delivery/contacts/rests.py"
_SPLITTING: Final = "delivery/contacts/splitting.py"
_TRANSACTIONS: Final = "delivery/contacts/transactions.py"
_VERDICTS: Final = "delivery/contacts/verdicts.py"
_WRITES: Final = "delivery/contacts/writes.py"

CONTACTS: Final = (
    Planted(
        "a newer row of a contact is sent while an older write of it is in doubt",
        _ADDRESSES,
        "self._addresses[email].doubted = now",
        "self._addresses[email].doubted = None",
    ),
    Planted(
        "a row that comes while its email rests is sent",
        _ADDRESSES,
        "            waits = email in self.rests",
        "            waits = False",
    ),
    Planted(
        "a row is put into a batch that is on its way",
        _ADDRESS,
        "if batch is not None and (not batch.is_open or batch.channel != channel):",
        "if batch is not None and batch.channel != channel:",
    ),
    Planted(
        "a row overtakes those of its email that are held",
        _ADDRESS,
        "return bool(self.held)",
        "return False",
    ),
    Planted(
        "a row waits behind the batch of its email, and is never sent",
        _ADDRESSES,
        "rows_in_order = [*address.missed, *address.held]",
        "rows_in_order = [*address.missed]",
    ),
    Planted(
        "one email gets lost when a batch is divided",
        _ADDRESSES,
        "self.part(batch, emails[middle:])",
        "self.part(batch, emails[middle + 1 :])",
    ),
    Planted(
        "an email rests half as long as a transaction may take",
        _RESTS,
        "_TIMES_A_SETTLEMENT: Final = 2",
        "_TIMES_A_SETTLEMENT: Final = 0.5",
    ),
    Planted(
        "of rows that are merged the oldest value of a property wins",
        _BATCHES,
        "properties.update(newer)",
        "properties = {**newer, **properties}",
    ),
    Planted(
        "a contact of which a transaction says nothing is forgotten",
        _WRITES,
        "self._send_again(batch, [*alone, *open_ones])",
        "self._send_again(batch, alone)",
    ),
    Planted(
        "a contact that fails is sent again and again",
        _WRITES,
        "again.sent_again = True",
        "again.sent_again = False",
    ),
    Planted(
        "a transaction that is pending is not asked about again",
        _TRANSACTIONS,
        "heapq.heappush(self._asked, (now + wait, next(self._numbers), transaction))",
        "pass",
    ),
    Planted(
        "a transaction is given up while others settle",
        _TRANSACTIONS,
        "left = max(transaction.began, self._last_settled) + self._deadline - now",
        "left = transaction.began + self._deadline / 10 - now",
    ),
    Planted(
        "a contact that a transaction leaves out counts as written",
        _VERDICTS,
        "missing = tuple(e for e in sent if not (e in good or e in failed or e in unclear))",
        "good.update((e, Change.UPDATED) for e in sent if e not in failed and e not in unclear)",
    ),
    Planted(
        "a member whom this run has made a contact counts as unknown",
        _CONTACTS,
        "self._written.add(email)",
        "pass",
    ),
    Planted(
        "a member is not looked up again",
        _CONTACTS,
        "elif (due := self._addresses.postpone(email, look_at)) is not None:",
        "elif (due := self._addresses.postpone(email, look_at + 1e9)) is not None:",
    ),
    Planted(
        "a contact that is to be taken off a list stays there under its new id",
        _LISTS,
        "            and email in work.remembered\n",
        "            and email not in work.remembered\n",
    ),
    Planted(
        "of several rows about a list the oldest counts",
        _LISTS,
        "orjson.loads(batch.rows[email][-1].body)",
        "orjson.loads(batch.rows[email][0].body)",
    ),
    Planted(
        "a deleted row makes a contact of whom Inflection does not have",
        _KNOWN,
        "elif outcome.response.status == HTTPStatus.OK:",
        "elif outcome.response.status:",
    ),
    Planted(
        "a deleted row is lost where this run has just written the contact",
        _KNOWN,
        "work.known = [email for email in batch.rows if email in self._written]",
        "work.known = []",
    ),
    Planted(
        "parts of a batch that wait until something passes are never sent",
        _DIVIDING,
        "return [part for whole in tuple(self._divided) for part in self._released(whole)]\n\n"
        "    def failing",
        "return []\n\n    def failing",
    ),
    Planted(
        "a batch goes out only when it is full",
        _CONTACTS,
        "if at_once or batch.due <= now:",
        "if at_once:",
    ),
)
