package dev.countersign.capacitor

import android.content.pm.ApplicationInfo
import androidx.webkit.WebViewCompat
import androidx.webkit.WebViewFeature
import com.getcapacitor.JSObject
import com.getcapacitor.Plugin
import com.getcapacitor.PluginCall
import com.getcapacitor.PluginMethod
import com.getcapacitor.annotation.CapacitorPlugin
import dev.countersign.bridge.Bridge
import org.json.JSONObject

/** Opens the agent's channel to the app's own page. Over Capacitor's bridge it answers nothing but whether there is one. */
@CapacitorPlugin(name = "Countersign")
class CountersignPlugin : Plugin() {
    private val agent by lazy { Bridge(context) }
    private var opening = "origin_refused"

    /** Capacitor loads its plugins before the first page, and on the thread that a WebView wants. */
    override fun load() {
        opening = open()
    }

    override fun handleOnDestroy() {
        if (opening == "open") agent.close()
    }

    @PluginMethod
    fun opening(call: PluginCall) = call.resolve(JSObject().put("opening", opening))

    private fun open(): String {
        val isDebuggable = context.applicationInfo.flags and ApplicationInfo.FLAG_DEBUGGABLE != 0
        val capacitor = getBridge()
        val own = ownOrigin(capacitor.scheme, capacitor.host, capacitor.serverUrl, isDebuggable) ?: return "origin_refused"
        // Without it there is no telling frames apart: the agent is then not reachable at all.
        if (!WebViewFeature.isFeatureSupported(WebViewFeature.WEB_MESSAGE_LISTENER)) return "webview_too_old"
        return try {
            WebViewCompat.addWebMessageListener(capacitor.webView, "countersignBridge", setOf(own), PageChannel(own, ::answer))
            "open"
        } catch (_: IllegalArgumentException) {
            "origin_refused"
        }
    }

    private fun answer(call: PageCall, give: (String) -> Unit) {
        if (call.name != "identity") return agent.callText(call.name, call.of, give)
        // What a page asks first, once: what the one before it had under way is nobody's now.
        agent.abandonAll()
        give(JSONObject(mapOf("value" to JSONObject(agent.identity()))).toString())
    }
}
