package dev.countersign.core;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kotlin.Pair;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;

/**
 * Hands every request of a client of OkHttp (3.12 and newer) to the agent, which fills placeholders, adds tokens and holds the connection to the manifest: add it last, with `addInterceptor`. Nothing of
 * the client's own below it is used: no connection, cache, cookies, redirects or network interceptors. Bodies are read whole. A request that the agent refuses is an IOException whose cause
 * is the CountersignException. WebSockets are refused. In Java, for Kotlin calls the same members by other names in OkHttp 3 than in 4.
 */
public final class CountersignInterceptor implements Interceptor {
  /** How long a call that was given up goes unnoticed: OkHttp tells no interceptor. */
  private static final long LOOK_MS = 50;

  private final CountersignAgent agent;

  public CountersignInterceptor(CountersignAgent agent) {
    this.agent = agent;
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
    if (request.header("Upgrade") != null) throw new IOException("The agent opens no WebSocket for OkHttp.");
    return toResponse(request, waitFor(chain, agent.fetch(toAgent(request))));
  }

  private static AgentRequest toAgent(Request request) throws IOException {
    List<Pair<String, String>> headers = new ArrayList<>();
    for (int i = 0; i < request.headers().size(); i++) headers.add(new Pair<>(request.headers().name(i), request.headers().value(i)));
    RequestBody body = request.body();
    if (body == null) return new AgentRequest(request.url().toString(), request.method(), headers, null);
    MediaType type = body.contentType();
    if (type != null && request.header("Content-Type") == null) headers.add(new Pair<>("Content-Type", type.toString()));
    Buffer whole = new Buffer();
    body.writeTo(whole);
    return new AgentRequest(request.url().toString(), request.method(), headers, whole.readByteArray());
  }

  private static AgentResponse waitFor(Chain chain, CompletableFuture<AgentResponse> asked) throws IOException {
    try {
      while (true) {
        try {
          return asked.get(LOOK_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException again) {
          if (chain.call().isCanceled()) throw new IOException("Canceled");
        }
      }
    } catch (ExecutionException refused) {
      throw new IOException("The agent did not send the request.", refused.getCause());
    } catch (InterruptedException given) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } finally {
      // Changes nothing where it was answered.
      asked.cancel(true);
    }
  }

  private static Response toResponse(Request request, AgentResponse answer) {
    Headers.Builder headers = new Headers.Builder();
    for (Pair<String, String> header : answer.getHeaders()) headers.addUnsafeNonAscii(header.getFirst(), header.getSecond());
    String type = headers.get("content-type");
    return new Response.Builder()
        .request(request)
        .protocol(Protocol.HTTP_1_1)
        .code(answer.getStatus())
        .message("")
        .headers(headers.build())
        .body(ResponseBody.create(type == null ? null : MediaType.parse(type), answer.getBody()))
        .build();
  }
}
