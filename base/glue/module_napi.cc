// Uses what makes node-addon-api instantiate its parts; what it computes means nothing.
#include <napi.h>

class Counter : public Napi::ObjectWrap<Counter> {
public:
    static Napi::Object Init(Napi::Env env, Napi::Object exports) {
        Napi::Function made = DefineClass(env, "Counter", {InstanceMethod("next", &Counter::Next), InstanceAccessor("value", &Counter::Get, &Counter::Set), StaticMethod("make", &Counter::Make)});
        exports.Set("Counter", made);
        return exports;
    }
    Counter(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Counter>(info) { value = info[0].As<Napi::Number>().Int32Value(); }
    Napi::Value Next(const Napi::CallbackInfo &info) { return Napi::Number::New(info.Env(), ++value); }
    Napi::Value Get(const Napi::CallbackInfo &info) { return Napi::Number::New(info.Env(), value); }
    void Set(const Napi::CallbackInfo &, const Napi::Value &other) { value = other.ToNumber().Int32Value(); }
    static Napi::Value Make(const Napi::CallbackInfo &info) { return Napi::String::New(info.Env(), "made"); }
    int value = 0;
};

class Work : public Napi::AsyncWorker {
public:
    Work(const Napi::Function &call, std::string text) : Napi::AsyncWorker(call), text(std::move(text)) {}
    void Execute() override { if (text.empty()) SetError("empty"); }
    void OnOK() override { Callback().Call({Env().Null(), Napi::String::New(Env(), text)}); }
    std::string text;
};

static Napi::Value Run(const Napi::CallbackInfo &info) {
    if (info.Length() < 2 || !info[0].IsFunction()) {
        Napi::TypeError::New(info.Env(), "a function is missing").ThrowAsJavaScriptException();
        return info.Env().Undefined();
    }
    (new Work(info[0].As<Napi::Function>(), info[1].ToString().Utf8Value()))->Queue();
    Napi::Promise::Deferred deferred = Napi::Promise::Deferred::New(info.Env());
    Napi::Array array = Napi::Array::New(info.Env(), 2);
    array[0u] = Napi::Boolean::New(info.Env(), true);
    auto buffer = Napi::Buffer<char>::Copy(info.Env(), "text", 4);
    array[1u] = buffer;
    auto typed = Napi::Uint8Array::New(info.Env(), 4);
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("typed", typed);
    for (auto key : object.GetPropertyNames()) (void) key;
    deferred.Resolve(array);
    return deferred.Promise();
}

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
    exports.Set("run", Napi::Function::New(env, Run));
    return Counter::Init(env, exports);
}

NODE_API_MODULE(module, Init)
