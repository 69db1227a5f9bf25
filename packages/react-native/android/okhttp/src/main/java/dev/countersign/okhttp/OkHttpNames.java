package dev.countersign.okhttp;

import java.util.Set;
import javax.net.ssl.HostnameVerifier;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;

/** What Kotlin calls by other names in OkHttp 3 than in 4 and 5: in Java the one source is good for all of them. */
final class OkHttpNames {
  private OkHttpNames() {}

  static HostnameVerifier verifierOf(OkHttpClient client) {
    return client.hostnameVerifier();
  }

  static String hostOf(Request request) {
    return request.url().host();
  }

  static int portOf(Request request) {
    return request.url().port();
  }

  static Set<String> headersOf(Request request) {
    return request.headers().names();
  }

  static boolean hasBody(Request request) {
    return request.body() != null;
  }

  /** Whether this value of a Location header leads back to scheme, host and port of the request. */
  static boolean isOwnOrigin(Request request, String location) {
    HttpUrl from = request.url();
    HttpUrl to = from.resolve(location);
    return to != null && to.scheme().equals(from.scheme()) && to.host().equals(from.host()) && to.port() == from.port();
  }
}
