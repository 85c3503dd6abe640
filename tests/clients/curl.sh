# An upload by hand. Source this with API, TOKEN, PROJECT_ID, FILE and CHUNK_SIZE set; CURL_EXTRA is optional.
# Only the last status of a pipe counts: head may end tail early.
set -eu

SIZE=$(stat -c%s "$FILE")

call() {
  curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" "$@"
}

# Sets ASSET_ID and UPLOAD_URL.
create() {
  local headers body
  headers=$(mktemp)
  body=$(call -X POST "$API/v1/assets" -D "$headers" -H "Content-Type: application/json" \
    -d "{\"project_id\":\"$PROJECT_ID\",\"size_bytes\":$SIZE}")
  ASSET_ID=$(echo "$body" | jq -r '.id')
  UPLOAD_URL=$(awk -F': ' 'tolower($1) == "location" { gsub(/\r/, "", $2); print $2 }' "$headers")
  rm "$headers"
}

# Sends $2 bytes from offset $1.
patch() {
  tail -c +$(($1 + 1)) "$FILE" | head -c "$2" | call -X PATCH "$UPLOAD_URL" \
    -H "Tus-Resumable: 1.0.0" -H "Upload-Offset: $1" -H "Content-Type: application/offset+octet-stream" \
    -H "Content-Length: $2" ${CURL_EXTRA:-} --data-binary @-
}

# Sends what follows offset $1 in chunks.
send() {
  local offset=$1 rest
  while [ "$offset" -lt "$SIZE" ]; do
    rest=$((SIZE - offset))
    patch "$offset" $((rest < CHUNK_SIZE ? rest : CHUNK_SIZE))
    offset=$((offset + CHUNK_SIZE))
  done
}

# Sends all of it from offset $1 without telling how much that is.
stream() {
  tail -c +$(($1 + 1)) "$FILE" | call -X PATCH "$UPLOAD_URL" \
    -H "Tus-Resumable: 1.0.0" -H "Upload-Offset: $1" -H "Content-Type: application/offset+octet-stream" \
    ${CURL_EXTRA:-} -T -
}

# Prints where the upload stands.
offset() {
  call -I -X HEAD "$UPLOAD_URL" -H "Tus-Resumable: 1.0.0" |
    awk -F': ' 'tolower($1) == "upload-offset" { gsub(/\r/, "", $2); print $2 }'
}

cancel() {
  call -X DELETE "$UPLOAD_URL" -H "Tus-Resumable: 1.0.0" -o /dev/null -w '%{http_code}\n'
}
