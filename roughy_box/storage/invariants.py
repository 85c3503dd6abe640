"""Rules that the rows must always follow, as queries that return one row per violation.

The CHECKs and triggers of the database enforce nearly all of them; a program that opens the file
directly can bypass these.
"""

from __future__ import annotations

# The first column fills the sentence.
LEDGER = (
    (
        "the balance of account {} differs from the sum of its entries",
        """SELECT a.name FROM account a LEFT JOIN ledger l ON l.account_id = a.id
           GROUP BY a.id HAVING a.balance <> coalesce(sum(l.delta), 0)""",
    ),
    (
        "the entry count of account {} is wrong",
        """SELECT a.name FROM account a LEFT JOIN ledger l ON l.account_id = a.id
           GROUP BY a.id HAVING a.entries <> count(l.seq)""",
    ),
    (
        "the running balance is wrong at entry {}",
        """SELECT seq FROM (SELECT seq, balance_after, sum(delta) OVER (PARTITION BY account_id ORDER BY seq) AS total
           FROM ledger) WHERE balance_after <> total""",
    ),
    (
        "entries are missing from the ledger after number {}",
        """SELECT before FROM (
             SELECT seq, lag(seq, 1, 0) OVER (ORDER BY seq) AS before FROM ledger
             UNION ALL SELECT seq + 1, (SELECT coalesce(max(seq), 0) FROM ledger)
             FROM sqlite_sequence WHERE name = 'ledger')
           WHERE seq <> before + 1""",
    ),
    (
        "asset {} is charged more than once",
        "SELECT asset_id FROM ledger WHERE type = 'consume_asset' GROUP BY asset_id HAVING count(*) > 1",
    ),
    (
        "ready asset {} has no charge that equals its price",
        """SELECT a.id FROM asset a LEFT JOIN ledger l ON l.asset_id = a.id AND l.type = 'consume_asset'
           WHERE a.state = 'ready' GROUP BY a.id HAVING count(l.seq) <> 1 OR sum(l.delta) <> -a.price""",
    ),
    (
        "asset {} is charged but not ready",
        """SELECT a.id FROM asset a JOIN ledger l ON l.asset_id = a.id AND l.type = 'consume_asset'
           WHERE a.state <> 'ready'""",
    ),
)

ROWS = (
    (
        "the price of asset {} does not follow from its duration",
        "SELECT id FROM asset WHERE price IS NOT NULL AND duration_ms IS NOT NULL AND price <> price_of(duration_ms)",
    ),
    (
        "prepared asset {} has no duration or price",
        "SELECT id FROM asset WHERE state IN ('ready', 'pending_payment') AND (duration_ms IS NULL OR price IS NULL)",
    ),
    (
        "the size of asset {} differs from its declared size",
        """SELECT id FROM asset WHERE size_bytes <> declared_size
           OR (size_bytes IS NULL AND state IN ('processing', 'pending_payment', 'ready'))""",
    ),
    (
        "asset {} is in a project of another account",
        "SELECT a.id FROM asset a JOIN project p ON p.id = a.project_id WHERE p.account_id <> a.account_id",
    ),
    (
        "row {} refers to a row that is missing",
        """SELECT rowid || ' of ' || "table" FROM pragma_foreign_key_check""",
    ),
)

EVENTS = (
    (
        "the newest event of asset {} names another state than it has",
        """SELECT a.id FROM event e JOIN asset a ON a.id = e.entity_id
           WHERE e.seq IN (SELECT max(seq) FROM event WHERE type GLOB 'asset.*' GROUP BY entity_id)
             AND a.state IN ('ready', 'pending_payment', 'failed') AND e.type <> 'asset.' || a.state""",
    ),
)

CUTS = (
    (
        "cut {} is completed and has no plan",
        """SELECT c.id FROM cut c LEFT JOIN cut_plan p ON p.cut_id = c.id
           WHERE c.state = 'completed' AND p.cut_id IS NULL""",
    ),
    (
        "cut {} is of an asset of another account",
        "SELECT c.id FROM cut c JOIN asset a ON a.id = c.asset_id WHERE c.account_id <> a.account_id",
    ),
    (
        "the newest event of cut {} names another state than it has",
        """SELECT c.id FROM event e JOIN cut c ON c.id = e.entity_id
           WHERE e.seq IN (SELECT max(seq) FROM event WHERE type GLOB 'cut.*' GROUP BY entity_id)
             AND c.state IN ('completed', 'failed') AND e.type <> 'cut.' || c.state""",
    ),
)

RENDERS = (
    (
        "render {} is completed and has no plan",
        """SELECT r.id FROM render r LEFT JOIN render_plan p ON p.render_id = r.id
           WHERE r.state = 'completed' AND p.render_id IS NULL""",
    ),
    (
        "render {} is of an asset of another account",
        "SELECT r.id FROM render r JOIN asset a ON a.id = r.asset_id WHERE r.account_id <> a.account_id",
    ),
    (
        "render {} is of a cut of another asset",
        "SELECT r.id FROM render r JOIN cut c ON c.id = r.cut_id WHERE r.asset_id <> c.asset_id",
    ),
    (
        "the newest event of render {} names another state than it has",
        """SELECT r.id FROM event e JOIN render r ON r.id = e.entity_id
           WHERE e.seq IN (SELECT max(seq) FROM event WHERE type GLOB 'render.*' GROUP BY entity_id)
             AND r.state IN ('completed', 'failed') AND e.type <> 'render.' || r.state""",
    ),
)

WEBHOOKS = (
    (
        "webhook endpoint {} has no secret to sign with",
        """SELECT id FROM webhook_endpoint
           WHERE id NOT IN (SELECT endpoint_id FROM webhook_secret WHERE expires_at IS NULL)""",
    ),
)

# Assets that wait for payment although the balance of their account covers the price.
# ``assets``: the table, or the view of those whose project was not deleted, once there is one.
UNSETTLED = """SELECT a.id, a.account_id FROM {assets} a JOIN account c ON c.id = a.account_id
               WHERE a.state = 'pending_payment' AND c.balance >= a.price ORDER BY a.seq"""

# Accounts whose counters (table asset_count) differ from their rows.
COUNTED = """SELECT account_id, '' AS project_id, state, count(*) AS total FROM visible_asset GROUP BY account_id, state
             UNION ALL SELECT account_id, project_id, state, count(*) FROM visible_asset
             GROUP BY account_id, project_id, state"""
_KEPT = "SELECT account_id, project_id, state, total FROM asset_count WHERE total > 0"
MISCOUNTED = f"""SELECT DISTINCT a.id, a.name FROM account a JOIN (
                   SELECT * FROM (SELECT * FROM ({COUNTED}) EXCEPT {_KEPT})
                   UNION ALL SELECT * FROM ({_KEPT} EXCEPT SELECT * FROM ({COUNTED}))
                 ) c ON c.account_id = a.id ORDER BY a.seq"""

OVERDUE = "SELECT id FROM asset WHERE state = 'pending_upload' AND expires_at < ? ORDER BY seq"
UNPAID = "SELECT id FROM asset WHERE state = 'pending_payment' AND prepared_at < ? ORDER BY seq"

NEWEST = """SELECT max(created_at) FROM (
              SELECT created_at FROM box
              UNION ALL SELECT * FROM (SELECT created_at FROM account ORDER BY seq DESC LIMIT 1)
              UNION ALL SELECT * FROM (SELECT created_at FROM project ORDER BY seq DESC LIMIT 1)
              UNION ALL SELECT * FROM (SELECT created_at FROM asset ORDER BY seq DESC LIMIT 1)
              UNION ALL SELECT * FROM (SELECT created_at FROM ledger ORDER BY seq DESC LIMIT 1))"""

COUNTS = "SELECT state, count(*), coalesce(sum(size_bytes), 0) FROM asset GROUP BY state"

CHECKSUM_BYTES = "SELECT coalesce(sum(size_bytes), 0) FROM asset WHERE sha256 IS NOT NULL"
WITHOUT_CHECKSUM = "SELECT count(*) FROM asset WHERE sha256 IS NULL AND state IN ('pending_payment', 'ready')"
