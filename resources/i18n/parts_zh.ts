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
