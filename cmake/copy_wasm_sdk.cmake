# Copies the folder FROM to TO, which then holds nothing else: what Cargo made in it stays behind.
file(REMOVE_RECURSE ${TO})
file(COPY ${FROM}/ DESTINATION ${TO} PATTERN target EXCLUDE PATTERN test.sh EXCLUDE)
