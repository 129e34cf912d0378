-- What a phone that is added by signing in made its first key with: the nonce of the proof that began it.
ALTER TABLE grants ADD COLUMN challenge TEXT;
