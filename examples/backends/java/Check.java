// Checks a Countersign token: java -Dport=8000 -cp "/usr/share/java/*" Check.java (Debian: libjackson2-databind-java)
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.*;
import java.security.*;
import java.util.*;
public class Check {
    static String env(String name) { return System.getenv().getOrDefault("COUNTERSIGN_" + name, ""); }
    static byte[] decode(String base64url) { return Base64.getUrlDecoder().decode(base64url); }
    static boolean signed(byte[] input, byte[] signature, String alg) throws Exception { // the key decides the algorithm
        byte[] secret = Base64.getDecoder().decode(env("SECRET"));
        var mac = javax.crypto.Mac.getInstance("HmacSHA256");
        if (secret.length >= 32) mac.init(new javax.crypto.spec.SecretKeySpec(secret, "HmacSHA256"));
        if (secret.length >= 32) return alg.equals("HS256") && MessageDigest.isEqual(mac.doFinal(input), signature);
        byte[] spki = Base64.getMimeDecoder().decode(env("PUBLIC_KEY").replaceAll("-----[A-Z ]+-----", ""));
        var es256 = Signature.getInstance("SHA256withECDSAinP1363Format");
        es256.initVerify(KeyFactory.getInstance("EC").generatePublic(new java.security.spec.X509EncodedKeySpec(spki)));
        es256.update(input);
        return alg.equals("ES256") && es256.verify(signature);
    }
    static boolean check(Headers headers) { // exactly one token came and is genuine, for us, in time, and bound as BIND says
        try {
            String text = String.join(",", headers.get("Countersign-Token")), part[] = text.split("\\.", -1);
            var header = new ObjectMapper().readTree(decode(part[0]));
            var claims = new ObjectMapper().readTree(decode(part[1]));
            byte[] bound = String.join(", ", headers.getOrDefault(env("BIND"), List.of())).getBytes("ISO-8859-1");
            byte[] pay = Base64.getUrlEncoder().withoutPadding().encode(MessageDigest.getInstance("SHA-256").digest(bound));
            return text.length() <= 8192 && part.length == 3 && claims.path("use").asText().equals(env("USE"))
                && signed((part[0] + "." + part[1]).getBytes(), decode(part[2]), header.path("alg").asText())
                && claims.path("iss").asText().equals(env("ISSUER")) && claims.path("aud").asText().equals(env("AUDIENCE"))
                && claims.path("exp").asLong() > System.currentTimeMillis() / 1000 - 5 && !claims.has("cnf")
                && (env("BIND").isEmpty() || MessageDigest.isEqual(pay, claims.path("pay").asText().getBytes()));
        } catch (Exception hostile) { return false; }
    }
    public static void main(String[] args) throws Exception {
        var server = HttpServer.create(new java.net.InetSocketAddress("127.0.0.1", Integer.getInteger("port", 0)), 0);
        server.createContext("/", call -> call.sendResponseHeaders(check(call.getRequestHeaders()) ? 200 : 401, -1));
        server.start();
        System.out.println("http://127.0.0.1:" + server.getAddress().getPort());
    }
}
