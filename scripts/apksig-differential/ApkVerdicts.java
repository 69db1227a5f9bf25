import com.android.apksig.ApkVerifier;
import com.android.apksig.SigningCertificateLineage;
import com.android.apksig.util.DataSources;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.security.cert.X509Certificate;
import java.security.spec.AlgorithmParameterSpec;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reads APKs from standard input, each as lowest and highest API level (-1 where none is set), length and bytes of the APK, and of its
 * v4 signature file (empty where there is none). Answers each with one line of JSON: what
 * apksig's ApkVerifier says of it.
 */
public class ApkVerdicts {
  private static final Path V4_FILE = temporaryFile();

  private static Path temporaryFile() {
    try {
      Path file = Files.createTempFile("countersign-", ".idsig");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  public static void main(String[] none) throws Exception {
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
    PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false);
    Security.addProvider(new AndroidNames());
    System.setErr(new PrintStream(OutputStream.nullOutputStream()));
    while (true) {
      int minSdk;
      try {
        minSdk = in.readInt();
      } catch (EOFException end) {
        break;
      }
      int maxSdk = in.readInt();
      byte[] apk = in.readNBytes(in.readInt());
      byte[] v4 = in.readNBytes(in.readInt());
      out.println(verdict(apk, v4, minSdk, maxSdk));
      out.flush();
    }
  }

  /** Android's names of RSA-PSS, which OpenJDK has under another. */
  private static final class AndroidNames extends Provider {
    AndroidNames() {
      super("AndroidNames", "1", "RSA-PSS by Android's names");
      for (String hash : List.of("SHA256", "SHA512"))
        putService(new Service(this, "Signature", hash + "withRSA/PSS", Pss.class.getName(), null, null) {
          @Override
          public Object newInstance(Object none) throws NoSuchAlgorithmException {
            return new Pss();
          }
        });
    }
  }

  private static final class Pss extends SignatureSpi {
    private final Signature signature;

    Pss() throws NoSuchAlgorithmException {
      signature = Signature.getInstance("RSASSA-PSS");
    }

    @Override
    protected void engineInitVerify(PublicKey key) throws InvalidKeyException {
      signature.initVerify(key);
    }

    @Override
    protected void engineSetParameter(AlgorithmParameterSpec parameters) throws InvalidAlgorithmParameterException {
      signature.setParameter(parameters);
    }

    @Override
    protected void engineUpdate(byte next) throws SignatureException {
      signature.update(next);
    }

    @Override
    protected void engineUpdate(byte[] bytes, int offset, int length) throws SignatureException {
      signature.update(bytes, offset, length);
    }

    @Override
    protected boolean engineVerify(byte[] bytes) throws SignatureException {
      return signature.verify(bytes);
    }

    @Override
    protected void engineInitSign(PrivateKey key) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected byte[] engineSign() {
      throw new UnsupportedOperationException();
    }

    @Override
    @Deprecated
    protected void engineSetParameter(String name, Object value) {
      throw new UnsupportedOperationException();
    }

    @Override
    @Deprecated
    protected Object engineGetParameter(String name) {
      throw new UnsupportedOperationException();
    }
  }

  private static String verdict(byte[] apk, byte[] v4, int minSdk, int maxSdk) {
    try {
      ApkVerifier.Builder builder = new ApkVerifier.Builder(DataSources.asDataSource(ByteBuffer.wrap(apk)));
      if (minSdk >= 0) builder.setMinCheckedPlatformVersion(minSdk);
      if (maxSdk >= 0) builder.setMaxCheckedPlatformVersion(maxSdk);
      if (v4.length > 0) {
        Files.write(V4_FILE, v4);
        builder.setV4SignatureFile(V4_FILE.toFile());
      }
      ApkVerifier.Result result = builder.build().verify();
      SigningCertificateLineage lineage = result.getSigningCertificateLineage();
      return "{\"verified\":" + result.isVerified()
          + ",\"v1\":" + result.isVerifiedUsingV1Scheme()
          + ",\"v2\":" + result.isVerifiedUsingV2Scheme()
          + ",\"v3\":" + result.isVerifiedUsingV3Scheme()
          + ",\"v4\":" + result.isVerifiedUsingV4Scheme()
          + ",\"v3Signers\":" + digests(result.getV3SchemeSigners().stream().map(signer -> signer.getCertificate()).toList())
          + ",\"signers\":" + digests(result.getSignerCertificates())
          + ",\"lineage\":" + digests(lineage == null ? List.of() : lineage.getCertificatesInLineage())
          + ",\"errors\":" + strings(result.getAllErrors().stream().map(error -> error.getIssue().name()).distinct().toList())
          + "}";
    } catch (Throwable thrown) {
      return "{\"verified\":false,\"v1\":false,\"v2\":false,\"v3\":false,\"v4\":false,\"v3Signers\":[],\"signers\":[],\"lineage\":[],\"errors\":"
          + strings(List.of((thrown.getClass().getSimpleName() + ": " + thrown.getMessage()).replaceAll("[^ -!#-\\[\\]-~]", "?"))) + "}";
    }
  }

  private static String digests(List<X509Certificate> certificates) throws Exception {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    StringBuilder all = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      if (certificate == null) continue;
      if (all.length() > 0) all.append(",");
      all.append("\"").append(HexFormat.of().formatHex(sha256.digest(certificate.getEncoded()))).append("\"");
    }
    return "[" + all + "]";
  }

  private static String strings(List<String> texts) {
    return texts.stream().map(text -> "\"" + text + "\"").collect(Collectors.joining(",", "[", "]"));
  }
}
