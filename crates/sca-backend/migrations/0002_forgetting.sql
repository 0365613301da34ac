-- What is swept every few seconds is found without a look at what was settled long ago.
CREATE INDEX approvals_tokens ON approvals (settled_at) WHERE one_time_token IS NOT NULL;
CREATE INDEX outbox_age ON outbox (created_at);
