package dev.countersign.reactnative;

import okhttp3.Cache;
import okhttp3.CookieJar;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;

/** What Kotlin calls by other names in OkHttp 3 than in 4. */
final class ClientNames {
  private ClientNames() {}

  static CookieJar cookieJar(OkHttpClient client) {
    return client.cookieJar();
  }

  static Cache cache(OkHttpClient client) {
    return client.cache();
  }

  static Dispatcher dispatcher(OkHttpClient client) {
    return client.dispatcher();
  }

  /** Milliseconds to connect, to read and to write, and whether redirects are followed. */
  static String settings(OkHttpClient client) {
    return client.connectTimeoutMillis() + " " + client.readTimeoutMillis() + " " + client.writeTimeoutMillis() + " " + client.followRedirects() + " " + client.followSslRedirects();
  }
}
