<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>Rail</name>
    <message>
        <source>Customers</source>
        <translation>客户</translation>
    </message>
    <message>
        <source>Mailings</source>
        <translation>邮寄</translation>
    </message>
    <message>
        <source>Sync</source>
        <translation>同步</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>锁定</translation>
    </message>
</context>
<context>
    <name>Shell</name>
    <message>
        <source>Practice profile: everybody in it is made up.</source>
        <translation>练习资料：里面的人都是虚构的。</translation>
    </message>
    <message>
        <source>{n} to settle</source>
        <translation>{n} 项待核定</translation>
    </message>
    <message>
        <source>Undone: {what}</source>
        <translation>已撤销：{what}</translation>
    </message>
    <message>
        <source>Done again: {what}</source>
        <translation>已重做：{what}</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Locked, but this program could not start anew, so that its memory may still hold what was shown. Close the window and open it again.</source>
        <translation>已锁定，但程序未能重新启动，内存中可能仍留有刚才显示的内容。请关闭窗口后重新打开。</translation>
    </message>
    <message>
        <source>When this was locked, something could not be saved. Look after unlocking whether your last entry is there.</source>
        <translation>锁定时有内容未能保存。请在解锁后检查最后一次录入的内容是否还在。</translation>
    </message>
    <message>
        <source>Something went wrong that should not. Please try again.</source>
        <translation>出了不该出的问题，请再试一次。</translation>
    </message>
    <message>
        <source>Everything that was saved is safe. Go on working; if it happens again, lock and unlock, and give the report to your branch&apos;s technician.</source>
        <translation>已保存的资料都在。您可以继续工作；如果再次出现，请锁定后重新解锁，并把报告交给网点的技术人员。</translation>
    </message>
    <message>
        <source>Report, free of customers&apos; data: {path}</source>
        <translation>报告（不含客户资料）：{path}</translation>
    </message>
    <message>
        <source>Something went wrong that should not</source>
        <translation>出了不该出的问题</translation>
    </message>
    <message>
        <source>Go on working</source>
        <translation>继续工作</translation>
    </message>
    <message>
        <source>Syncing</source>
        <translation>正在同步</translation>
    </message>
    <message>
        <source>This laptop has a new key; everything is encrypted anew.</source>
        <translation>本机已更换密钥，全部数据已重新加密。</translation>
    </message>
    <message>
        <source>{n} wrong passphrase was tried</source>
        <translation>口令输错过 {n} 次</translation>
    </message>
    <message>
        <source>{n} wrong passphrases were tried</source>
        <translation>口令输错过 {n} 次</translation>
    </message>
    <message>
        <source>Since {since}, before this one. If that was not you, somebody had this laptop in hand: tell your branch, and choose another passphrase.</source>
        <translation>自 {since} 起、本次解锁之前。如果不是您本人所为，说明有人动过这台电脑：请告知网点，并修改口令。</translation>
    </message>
    <message>
        <source>It was me</source>
        <translation>是我本人</translation>
    </message>
    <message>
        <source>Choose another passphrase</source>
        <translation>修改口令</translation>
    </message>
    <message>
        <source>an unknown time</source>
        <translation>未知时间</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Online</source>
        <translation>在线</translation>
    </message>
    <message>
        <source>Offline, everything works</source>
        <translation>离线，可正常工作</translation>
    </message>
    <message>
        <source>Encrypted</source>
        <translation>已加密</translation>
    </message>
    <message>
        <source>Practice, made-up data</source>
        <translation>练习，虚构资料</translation>
    </message>
    <message>
        <source>{n} edit waiting</source>
        <translation>{n} 项待发送</translation>
    </message>
    <message>
        <source>{n} edits waiting</source>
        <translation>{n} 项待发送</translation>
    </message>
    <message>
        <source>{n} to settle</source>
        <translation>{n} 项待核定</translation>
    </message>
    <message>
        <source>{n} day left without a sync</source>
        <translation>还可离线使用 {n} 天</translation>
    </message>
    <message>
        <source>{n} days left without a sync</source>
        <translation>还可离线使用 {n} 天</translation>
    </message>
    <message>
        <source>Not synced yet</source>
        <translation>还没有同步过</translation>
    </message>
    <message>
        <source>Last sync {moment}</source>
        <translation>上次同步 {moment}</translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>Find a customer, phone, address…</source>
        <translation>查找客户、电话、地址…</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Yizhan</source>
        <translation>驿站</translation>
    </message>
</context>
<context>
    <name>Workspace</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
</TS>
