<?php // Checks a Countersign token: php -S 127.0.0.1:8000 check.php (needs PHP's openssl extension alone)
function bytes(string $base64url): string
{
    return (string) base64_decode(strtr($base64url, '-_', '+/'), true);
}

/** An ECDSA signature of 64 bytes in the form that OpenSSL reads: DER. */
function der(string $signature): string
{
    $numbers = '';
    foreach (str_split($signature, 32) as $half) {
        $number = preg_replace('/^(?![\x01-\x7f])/', "\0", ltrim($half, "\0"));
        $numbers .= "\x02" . chr(strlen($number)) . $number;
    }
    return "\x30" . chr(strlen($numbers)) . $numbers;
}

/** The key decides the algorithm, never the token: a secret serves HS256 alone, a public key ES256 alone. */
function signed(string $input, string $signature, mixed $alg): bool
{
    $secret = base64_decode((string) getenv('COUNTERSIGN_SECRET'), true);
    if (strlen($secret) >= 32) return $alg === 'HS256' && hash_equals(hash_hmac('sha256', $input, $secret, true), $signature);
    if ($alg !== 'ES256' || strlen($signature) !== 64) return false;
    return openssl_verify($input, der($signature), (string) getenv('COUNTERSIGN_PUBLIC_KEY'), 'sha256') === 1;
}

/** Whether exactly one token came and is genuine, for us, in time, and bound to this header value. */
function check(string $token, string $bound): bool
{
    if (strlen($token) > 8192 || !preg_match('/^([\w-]+)\.([\w-]+)\.([\w-]+)$/D', $token, $part)) return false;
    [$header, $claims] = [json_decode(bytes($part[1]), true), json_decode(bytes($part[2]), true)];
    $pay = rtrim(strtr(base64_encode(hash('sha256', $bound, true)), '+/', '-_'), '=');
    return signed("$part[1].$part[2]", bytes($part[3]), $header['alg'] ?? null) && ($claims['exp'] ?? 0) > time() - 5
        && ($claims['iss'] ?? 0) === getenv('COUNTERSIGN_ISSUER') && ($claims['aud'] ?? 0) === getenv('COUNTERSIGN_AUDIENCE')
        && !isset($claims['cnf']) && ($claims['use'] ?? '') === (string) getenv('COUNTERSIGN_USE') // "example" to try things out
        && (!getenv('COUNTERSIGN_BIND') || hash_equals($pay, $claims['pay'] ?? ''));
}
$bound = 'HTTP_' . strtoupper(strtr((string) getenv('COUNTERSIGN_BIND'), '-', '_'));
http_response_code(check($_SERVER['HTTP_COUNTERSIGN_TOKEN'] ?? '', $_SERVER[$bound] ?? '') ? 200 : 401);
