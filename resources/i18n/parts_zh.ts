<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>FileDialogs</name>
    <message>
        <source>Folder:</source>
        <translation>文件夹：</translation>
    </message>
    <message>
        <source>File type:</source>
        <translation>文件类型：</translation>
    </message>
</context>
<context>
    <name>ProgressLine</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>ReasonPanel</name>
    <message>
        <source>What do you need it for?</source>
        <translation>需要用来做什么？</translation>
    </message>
    <message>
        <source>In a few words</source>
        <translation>写几个字说明</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>It stands in your access log, copying included. It is masked again by itself, and the clipboard is emptied of it too.</source>
        <translation>会记入您的查阅记录，复制也算在内。过一会儿会自动重新遮住，剪贴板里的也会清掉。</translation>
    </message>
    <message>
        <source>Write what you need it for.</source>
        <translation>请写明用途。</translation>
    </message>
</context>
<context>
    <name>SidePanel</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Go there</source>
        <translation>去看看</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
</context>
<context>
    <name>StrengthMeter</name>
    <message>
        <source>Guessed at once</source>
        <translation>一猜就中</translation>
    </message>
    <message>
        <source>Easy to guess</source>
        <translation>容易被猜中</translation>
    </message>
    <message>
        <source>Not quite enough</source>
        <translation>还差一点</translation>
    </message>
    <message>
        <source>Strong enough</source>
        <translation>强度合格</translation>
    </message>
    <message>
        <source>Very strong</source>
        <translation>强度很高</translation>
    </message>
</context>
</TS>
