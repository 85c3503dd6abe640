"""The use cases: a public function is one thing a user does."""
