package androidx.webkit;

import androidx.annotation.Nullable;

public class WebMessageCompat {
    public static final int TYPE_STRING = 0;

    public native int getType();

    public native @Nullable String getData();
}
