package dev.countersign.reactnative

import android.content.Context
import com.facebook.react.modules.network.OkHttpClientFactory
import com.facebook.react.modules.network.OkHttpClientProvider
import com.facebook.react.modules.network.ReactCookieJarContainer
import dev.countersign.agent.channel.ChannelBook
import dev.countersign.okhttp.pinnedWithRedirects
import okhttp3.Dispatcher
import okhttp3.OkHttpClient

/**
 * Makes the clients of React Native's networking, as React Native makes them, each held to what the signed manifest last said of every host. All share React Native's one
 * cache on disk, images too: two caches in one folder would break each other.
 *
 * An app that has a factory of its own calls `pinnedWithRedirects(ChannelBook.of(context))` last on its builder.
 */
class PinnedClientFactory(context: Context) : OkHttpClientFactory {
    private val context = context.applicationContext
    private val standard by lazy { OkHttpClientProvider.createClientBuilder(this.context).build() }

    override fun createNewNetworkModuleClient(): OkHttpClient {
        // Whoever asks for a client puts its own cookies into this container, and has its own places in the queue.
        val own = standard.newBuilder().cookieJar(ReactCookieJarContainer()).dispatcher(Dispatcher())
        // The book reads a file when it is first asked: that is on the thread of the first request.
        return own.pinnedWithRedirects { host, port -> ChannelBook.of(context).policyOf(host, port) }.build()
    }
}
