# Checks a Countersign token: PORT=8000 ruby check.rb (Debian: ruby-jwt, ruby-webrick; gems: jwt, webrick)
require 'base64'
require 'digest'
require 'jwt'
require 'webrick'

ISSUER, AUDIENCE = ENV.fetch('COUNTERSIGN_ISSUER'), ENV.fetch('COUNTERSIGN_AUDIENCE')
BIND = ENV['COUNTERSIGN_BIND'].to_s # the header that tokens are bound to, such as Authorization; or none
USE = ENV['COUNTERSIGN_USE'] # "example" where you try things out; else only what an app was given counts
SECRET = Base64.strict_decode64(ENV['COUNTERSIGN_SECRET'].to_s)
# The key decides the algorithm, never the token.
ALG, KEY = SECRET.bytesize >= 32 ? ['HS256', SECRET] : ['ES256', OpenSSL::PKey::EC.new(ENV.fetch('COUNTERSIGN_PUBLIC_KEY'))]
CHECKS = {
  algorithms: [ALG], required_claims: %w[exp iss aud], exp_leeway: 5,
  iss: ISSUER, verify_iss: true, aud: AUDIENCE, verify_aud: true
}.freeze

# Whether exactly one token came and is genuine, for us, in time, and bound to this header value.
def check(tokens, bound)
  return false unless tokens.size == 1 && tokens[0].bytesize <= 8192 && tokens[0].match?(/\A[\w-]+\.[\w-]+\.[\w-]+\z/)

  claims, = JWT.decode(tokens[0], KEY, true, CHECKS)
  pay = Base64.urlsafe_encode64(Digest::SHA256.digest(bound), padding: false)
  claims['use'] == USE && !claims.key?('cnf') && (BIND.empty? || OpenSSL.secure_compare(claims['pay'].to_s, pay))
rescue StandardError # whatever a hostile token makes the library raise, it is not genuine
  false
end

server = WEBrick::HTTPServer.new(
  BindAddress: '127.0.0.1', Port: ENV['PORT'].to_i, AccessLog: [], Logger: WEBrick::Log.new(File::NULL)
)
server.mount_proc('/') do |request, response|
  response.status = check(request.header['countersign-token'].to_a, BIND.empty? ? '' : request[BIND].to_s) ? 200 : 401
end
puts "http://127.0.0.1:#{server.config[:Port]}"
$stdout.flush
server.start
