-- The system of a phone whose keys were attested, in JSON: a later attestation must not be of an older one.
-- `attestation` is one of the words of `Attested`.
ALTER TABLE authenticators ADD COLUMN attested_system TEXT;
