-- Asks Countersign's service whether a request may pass.
--   http-request lua.countersign URL-OF-THE-DECISION [HEADER-OF-THE-KEY]
-- Sets txn.countersign to "allow" where the answer is 200, and txn.countersign_key to the key where the answer has one.
-- Every other answer, and every error, sets nothing: the configuration denies what is not allowed.

local credential = os.getenv("COUNTERSIGN_VERIFIER") or ""

-- The question is a request of its own: fields of the client's connection and body are none of it.
local left_out = {
  ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true, ["keep-alive"] = true,
  ["proxy-connection"] = true, ["te"] = true, ["trailer"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
  ["accept-encoding"] = true,
}

core.register_action("countersign", { "http-req" }, function(txn, url, key_header)
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not left_out[name:lower()] then
      local lines = {}
      for at = 0, #values do lines[at + 1] = values[at] end
      headers[name:lower()] = lines
    end
  end
  -- Last, so that nothing of these names is the client's.
  headers["countersign-verifier"] = { credential }
  headers["x-original-method"] = { txn.sf:method() }
  headers["x-original-uri"] = { txn.sf:pathq() }

  local answer = core.httpclient():get { url = url, headers = headers, timeout = 3000 }
  if answer == nil or answer.status ~= 200 then return end
  local keys = key_header and answer.headers[key_header:lower()]
  if keys then txn:set_var("txn.countersign_key", keys[0]) end
  txn:set_var("txn.countersign", "allow")
end, 2)
