package dev.countersign.okhttp;

import java.io.IOException;
import java.security.KeyStore;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okhttp3.Response;

/** What the tests use of OkHttp that Kotlin calls by other names in version 3 than in 4 and 5. */
public final class TestNames {
  private TestNames() {}

  public static String text(Response response) throws IOException {
    return response.body().string();
  }

  public static int code(Response response) {
    return response.code();
  }

  public static RequestBody body() {
    return RequestBody.create(MediaType.parse("text/plain"), "body");
  }

  /** The JVM's own. */
  public static X509TrustManager trust() throws Exception {
    TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }
}
