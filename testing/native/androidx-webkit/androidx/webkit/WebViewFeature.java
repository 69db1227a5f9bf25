package androidx.webkit;

import androidx.annotation.NonNull;

public class WebViewFeature {
    public static final String WEB_MESSAGE_LISTENER = "WEB_MESSAGE_LISTENER";

    public static native boolean isFeatureSupported(@NonNull String feature);
}
