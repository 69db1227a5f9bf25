// Checks a Countersign token: PORT=8000 go run check.go (Debian: golang-github-golang-jwt-jwt-dev; modules: golang-jwt/jwt/v4)
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"github.com/golang-jwt/jwt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

var env, bind, status = os.Getenv, os.Getenv("COUNTERSIGN_BIND"), map[bool]int{true: 200, false: 401}

// The key decides the algorithm, never the token: bytes serve HS256 alone, a public key ES256 alone.
func key(*jwt.Token) (interface{}, error) {
	if secret, err := base64.StdEncoding.DecodeString(env("COUNTERSIGN_SECRET")); err != nil || len(secret) >= 32 {
		return secret, err
	}
	return jwt.ParseECPublicKeyFromPEM([]byte(env("COUNTERSIGN_PUBLIC_KEY")))
}

// Whether exactly one token came and is genuine, for us, in time, and bound to the header that COUNTERSIGN_BIND names.
func check(header http.Header) bool {
	text, claims, now := strings.Join(header.Values("Countersign-Token"), ","), jwt.MapClaims{}, time.Now().Unix()
	_, err := (&jwt.Parser{ValidMethods: []string{"HS256", "ES256"}, SkipClaimsValidation: true}).ParseWithClaims(text, claims, key)
	claim := func(name string) string { value, _ := claims[name].(string); return value }
	hash := sha256.Sum256([]byte(strings.Join(header.Values(bind), ", ")))
	return err == nil && len(text) <= 8192 && claims.VerifyExpiresAt(now-5, true) && claim("use") == env("COUNTERSIGN_USE") &&
		claims.VerifyIssuer(env("COUNTERSIGN_ISSUER"), true) && claims.VerifyAudience(env("COUNTERSIGN_AUDIENCE"), true) &&
		claims["cnf"] == nil && (bind == "" || hmac.Equal([]byte(claim("pay")), []byte(base64.RawURLEncoding.EncodeToString(hash[:]))))
}
func main() {
	listener, _ := net.Listen("tcp", "127.0.0.1:"+env("PORT"))
	println("http://" + listener.Addr().String())
	http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status[check(r.Header)]) }))
}
