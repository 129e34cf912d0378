-- What is looked for at each sign-in is found, however many people there are.
CREATE INDEX requests_of_session ON requests (session_id, state);
CREATE INDEX requests_of_device ON requests (only_device, state);
CREATE INDEX requests_by_state ON requests (state, ended_at);
CREATE INDEX activations_of_session ON activations (session_id);
CREATE INDEX activations_of_authenticator ON activations (authenticator_id, state);
CREATE INDEX activations_by_end ON activations (expires_at);
CREATE INDEX grants_of_session ON grants (session_id);
CREATE INDEX grants_by_end ON grants (expires_at);
CREATE INDEX authenticators_offered ON authenticators (offered_to);
CREATE INDEX authenticators_by_state ON authenticators (state, added_at);
CREATE INDEX browsers_of_user ON browsers (user_id, seen_at);
CREATE INDEX sessions_by_name ON sessions (typed_name);
CREATE INDEX tries_by_end ON tries (ends_at);
CREATE INDEX passes_by_hash ON passes (hash);
